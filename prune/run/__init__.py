"""A run as it stands: what is given, the steps that are kept, what is told, and the outcome."""
