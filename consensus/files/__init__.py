"""Read answers and truths from the files people keep them in."""
