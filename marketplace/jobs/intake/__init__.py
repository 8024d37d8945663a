"""What comes into a job: files of tasks, and the images they show."""
