"""How a loop of a dimension runs, for a count."""

from enum import Enum


class Slot(Enum):
    """How a loop runs: in time, in space over all instances, or in space at the first one only."""

    TIME = "time"
    SPACE = "space"
    FIRST = "first"
