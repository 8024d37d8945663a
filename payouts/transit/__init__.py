"""Money on its way in and out: deposits, withdrawals, refunds, and the calls that move it."""
