"""What all refusals have in common: a text for the user, and an exit status."""

from typing import ClassVar, Final

#: Exit statuses of what cannot be done; others are of what was done, or interrupted.
BAD_INPUT: Final = 1
NO_MAPPING: Final = 3


class Error(Exception):
    """What was asked for cannot be done; the text says why, and what helps.

    A command that raises one ends with its text on stderr and `status`, and without a traceback.
    Every kind is a class of its own that carries its data.
    """

    status: ClassVar[int] = BAD_INPUT
