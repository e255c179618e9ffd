"""A dataflow: which dimensions may run at which place, and in which order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """The loops that a place may hold.

    `dimensions` may run here, in any order unless `order` fixes it (outermost first). `innermost`
    are those that come last, in that order. Of `if_needed`, the first ones may run here, too
    (before an `order`): as many as a layer needs to fit at all.
    """

    dimensions: tuple[str, ...]
    innermost: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    if_needed: tuple[str, ...] = ()

    def allows(self, dimensions: Iterable[str]) -> bool:
        """Whether a loop over one of these may run here, if needed."""
        return any(name in self.dimensions or name in self.if_needed for name in dimensions)

    def with_needed(self, number: int) -> "Constraint":
        """The constraint of a layer that needs so many of `if_needed`."""
        needed = self.if_needed[:number]
        return Constraint(
            dimensions=(*needed, *self.dimensions),
            innermost=self.innermost,
            order=None if self.order is None else (*needed, *self.order),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataflow:
    """The constraints of a named dataflow, by place. A place that is not named holds no loop."""

    name: str
    constraints: Mapping[str, Constraint]

    def at(self, place: str) -> Constraint:
        """The constraint of `place`."""
        return self.constraints.get(place, Constraint(dimensions=()))

    @property
    def relaxed(self) -> Iterator["Dataflow"]:
        """The dataflows to map a layer under, the first of them that has a mapping of it: as it is,
        then with one more at a time of the dimensions that each place takes if needed.
        """
        most = max((len(rule.if_needed) for rule in self.constraints.values()), default=0)
        for number in range(most + 1):
            constraints = {at: rule.with_needed(number) for at, rule in self.constraints.items()}
            yield Dataflow(name=self.name, constraints=constraints)
