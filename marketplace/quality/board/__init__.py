"""What a job's quality dashboard shows: measured from the rows, each figure with its interval."""
