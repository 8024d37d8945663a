"""The books: ledger, deposits, withdrawals and the payment processor."""
