"""Money on its way in and out: deposits, withdrawals, refunds, and the stored calls that move it."""
