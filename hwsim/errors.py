"""What all refusals have in common: a text for the user, and an exit status."""

from typing import ClassVar


class Error(Exception):
    """What was asked for cannot be done; the text says why, and what helps.

    A command that raises one ends with its text on stderr and `status`, and without a traceback.
    Every kind is a class of its own that carries its data.
    """

    status: ClassVar[int] = 1
