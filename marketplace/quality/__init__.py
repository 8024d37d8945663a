"""Watching quality: gold that is looked after, rules, second looks, and what people see of it."""
