"""Who is asking: sign-up, sign-in, organisations, members and API keys."""
