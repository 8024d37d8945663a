"""From several structured answers to one: texts, spans, regions, orders and numbers."""
