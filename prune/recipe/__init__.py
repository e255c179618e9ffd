"""The half of the command: a recipe, a YAML file, to a run, and its outcome to files."""
