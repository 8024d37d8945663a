"""The keys of exams, for those who made them: how each question fares, and new versions."""
