"""What each objective is to be least of, written out: the judge of how the code works it out."""

from collections.abc import Callable
from typing import Any

#: By the objective's name, from energy and cycles.
WORTH: dict[str, Callable[[Any, Any], Any]] = {
    "energy": lambda energy, cycles: energy,
    "cycles": lambda energy, cycles: cycles,
    "edp": lambda energy, cycles: energy * cycles,
}
