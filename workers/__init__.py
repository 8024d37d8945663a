"""People who do tasks: their profile and their standing."""
