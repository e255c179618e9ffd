"""A file for each word of `method:`, and what they share: rounds, energies, a layer solved."""

from collections.abc import Mapping
from typing import Final

from prune.methods.budget import Budget
from prune.methods.layers import Layers
from prune.methods.method import Method
from prune.settings import Goal, Settings

__all__ = ["METHODS", "Method", "chosen"]

METHODS: Final[Mapping[str, Method]] = {"layers": Layers(), "budget": Budget()}


def chosen(settings: Settings, goal: Goal) -> Method:
    """The method that the settings name; else `budget` to an energy, and `layers` otherwise."""
    return METHODS[settings.method or ("budget" if goal.measure == "energy" else "layers")]
