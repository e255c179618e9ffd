"""What all refusals of the pruner have in common."""


class PruneError(Exception):
    """What was asked for cannot be done, and nothing was lost; the text says why, and what helps.

    Every kind is a class of its own that carries its data.
    """
