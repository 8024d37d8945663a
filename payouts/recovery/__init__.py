"""Money that has to come back: chargebacks, mistaken payments, and who is frozen meanwhile."""
