"""A pretend payment processor for demos and tests: an outside company with its own books."""
