"""What quality is reached on the answers of real crowds, and by whom else."""
