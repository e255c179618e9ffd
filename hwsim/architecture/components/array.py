"""Arrays: instances side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hwsim.architecture.components.component import Component
from hwsim.architecture.place import Place
from hwsim.vocabulary import TENSORS


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(Component):
    """A fan-out: what lies inside is there once for every coordinate on the named axes.

    `multicast` names the tensors of which one read serves all instances that need the word at that
    moment. `reduces_along` names the axes on which partial sums of different instances are added
    up on their way. On an axis with `skew_cycles` words go from one instance to the next, each of
    which works so many cycles later than the one before.
    """

    axes: Mapping[str, int]
    multicast: tuple[str, ...]
    reduces_along: tuple[str, ...]
    skew_cycles: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def declared(cls, name: str, part: dict[str, Any], file: dict[str, Any]) -> Self:
        """The array that `part` of an architecture's `file` declares."""
        return cls(
            name=name,
            axes=dict(part["axes"]),
            multicast=tuple(part.get("multicast", TENSORS)),
            reduces_along=tuple(part.get("reduces_along", ())),
            skew_cycles=dict(part.get("skew_cycles", {})),
        )

    @property
    def depth(self) -> int:
        """The cycles from the first instance's first step to that of the last."""
        return sum(cycles * (self.axes[axis] - 1) for axis, cycles in self.skew_cycles.items())

    @property
    def places(self) -> tuple[Place, ...]:
        """In space, on each of its axes."""
        return tuple(
            Place(
                name=f"{self.name}.{axis}",
                component=self.name,
                size=size,
                reduces=axis in self.reduces_along,
            )
            for axis, size in self.axes.items()
        )
