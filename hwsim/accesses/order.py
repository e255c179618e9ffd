"""The order of a nest's loops, and which of them move words over a link."""

from dataclasses import dataclass
from functools import cached_property

from hwsim.accesses.slot import Slot
from hwsim.architecture.architecture import Architecture, Link
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import OUTPUTS


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLoop:
    """A loop of a nest, as far as its order goes: dimension, index of its place, kind."""

    dimension: str
    place: int
    spatial: bool


@dataclass(frozen=True, kw_only=True)
class Span:
    """The loops that a count is about: those outside the place `child`.

    Loops in space from the place `parent` on tell apart the instances below one parent. `exits` are
    the places of the storages that a partial sum passes on its way home: when one of them lets go
    of an element, the child loses it, too.
    """

    steps: tuple[OrderedLoop, ...]
    parent: int
    child: int
    exits: tuple[int, ...] = ()

    @cached_property
    def outside(self) -> tuple[OrderedLoop, ...]:
        """The loops outside the child."""
        return tuple(step for step in self.steps if step.place < self.child)

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """The dimension whose loop moves, for each class; an empty name at the first fill."""
        return ("", *(step.dimension for step in self.outside if not step.spatial))

    @cached_property
    def _own(self) -> dict[str, list[OrderedLoop]]:
        own: dict[str, list[OrderedLoop]] = {}
        for step in self.outside:
            own.setdefault(step.dimension, []).append(step)
        return own

    def slots(self, dimension: str) -> tuple[Slot, ...]:
        """How the loops of `dimension` outside the child run."""
        own = self._own.get(dimension, ())
        return tuple(Slot.SPACE if step.spatial else Slot.TIME for step in own)

    def slots_outside(self, place: int, dimension: str) -> int:
        """How many loops of `dimension` lie outside `place`."""
        return sum(step.place < place for step in self._own.get(dimension, ()))

    def depths(self, dimension: str) -> list[int]:
        """How many loops in time of `dimension` lie outside the loop that moves, for each class."""
        return [self.moving[1:number].count(dimension) for number in range(len(self.moving))]


def steps_of(architecture: Architecture, nest: Nest) -> tuple[OrderedLoop, ...]:
    """The order of the nest's loops."""
    return tuple(
        OrderedLoop(dimension=loop.dimension, place=at, spatial=place.spatial)
        for at, place in enumerate(architecture.places)
        for loop in nest.loops_at[place.name]
    )


def span_of(architecture: Architecture, link: Link, steps: tuple[OrderedLoop, ...]) -> Span:
    """The loops that move words over `link`."""
    route = architecture.routes[link.tensor]
    passed = route[1 : route.index(link.child)] if link.tensor == OUTPUTS else ()
    storages = {storage.name for storage in architecture.storages}
    return Span(
        steps=steps,
        parent=architecture.position(link.parent),
        child=architecture.position(link.child),
        exits=tuple(architecture.position(name) for name in passed if name in storages),
    )


def keeps(architecture: Architecture, link: Link) -> bool:
    """Whether the child keeps words from one move to the next: a MAC needs latches for that."""
    return not architecture.for_each_mac(link)
