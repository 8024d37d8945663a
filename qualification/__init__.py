"""What workers have shown they can do: exams, gold, trust and eligibility."""
