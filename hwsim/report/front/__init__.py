"""A front of energy and cycles to text, JSON and CSV."""
