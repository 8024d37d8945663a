"""What people take away from the books: receipts, yearly statements and their thresholds."""
