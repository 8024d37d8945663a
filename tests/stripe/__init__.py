"""A pretend Stripe over HTTP: its own book, its own keys, its own faults, held to Stripe's spec."""
