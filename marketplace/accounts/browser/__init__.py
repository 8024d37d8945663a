"""The edge: who sends a request, by cookie or by key, and whether they meant to."""
