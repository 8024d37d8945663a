"""Disputes: an appeal, the organisation's reply, a ruling, and what follows from it."""
