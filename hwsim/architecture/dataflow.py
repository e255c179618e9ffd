"""A dataflow: which dimensions may run at which place, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """The loops that a place may hold.

    `dimensions` may run here, in any order unless `order` fixes it (outermost first);
    `innermost` are those that come last, in that order.
    """

    dimensions: tuple[str, ...]
    innermost: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataflow:
    """The constraints of a named dataflow, by place; a place that is not named holds no loop."""

    name: str
    constraints: Mapping[str, Constraint]

    def at(self, place: str) -> Constraint:
        """The constraint of `place`."""
        return self.constraints.get(place, Constraint(dimensions=()))
