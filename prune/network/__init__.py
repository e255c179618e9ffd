"""A network that runs and is watched: what it is, how good it is, what its layers take and give."""
