"""How a job goes while it runs: its pace, what it costs, and when it will be done."""
