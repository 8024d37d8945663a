"""Concluding labels, deciding answers, disputes and exports."""
