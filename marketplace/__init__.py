"""The marketplace itself: accounts, jobs, assignments, review and the app that serves them."""
