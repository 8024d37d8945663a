"""What an organisation orders: interfaces, tasks, imports and the life of a job."""
