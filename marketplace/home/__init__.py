"""The pages that belong to nobody else: landing, notices, health."""
