"""A sweep to what people and programs read: text, JSON and CSV."""
