"""The tilings of a group of dimensions, all combinations, with what each needs and moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import mul

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.order import OrderedLoop, Span
from hwsim.accesses.turnover import turnovers
from hwsim.accesses.walk import Integers, Slot, Walk
from hwsim.architecture.architecture import Architecture, Link
from hwsim.mapper.room import Floats, footprints, held, instances
from hwsim.mapper.tilings import Tilings
from hwsim.memo import Memo
from hwsim.workload.layer import Layer

#: A dimension of no group: its loops stand for those of all other groups.
OTHER = ""
#: Numbers of kinds from which on they are numbered anew, so that 64 bits suffice.
MOST_KINDS = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a group contributes to the words of a link, by state: the numbers of the factors of what
    it `holds`, what of it was `kept` and what is `fresh`; None where that is nothing in every row.
    `stays` where in some row something is kept although a loop further in brings another tile, as
    instances do that are idle in that one.

    While loops outside the link's child move, the group is in one of few states: in state 2 j a
    loop of another group moves that has j of the group's own loops outside, in state 2 i + 1 its
    own loop i does.
    """

    holds: list[int]
    kept: list[int | None]
    fresh: list[int | None]
    stays: list[bool]


class Factors:
    """Factors of rows, known by their number, with the `least` and the `most` of each."""

    def __init__(self) -> None:
        self._all = list[Floats]()
        self._ends = np.empty((2, 16))

    def __len__(self) -> int:
        return len(self._all)

    def add(self, factor: Integers | Floats) -> int:
        """The number of a new factor."""
        number = len(self._all)
        if number == self._ends.shape[1]:
            self._ends = np.concatenate([self._ends, np.empty_like(self._ends)], axis=1)
        self._ends[:, number] = factor.min(), factor.max()
        self._all.append(factor.astype(np.float64))
        return number

    def take(self, numbers: Integers) -> Floats:
        """The factors of these numbers, of shape (numbers, rows)."""
        return np.stack([self._all[number] for number in numbers.tolist()])

    @property
    def least(self) -> Floats:
        """The least of each."""
        least: Floats = self._ends[0]
        return least

    @property
    def most(self) -> Floats:
        """The most of each."""
        most: Floats = self._ends[1]
        return most


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Combinations:
    """All combinations of the tilings of a group's dimensions, one a row, and what they need.

    Orders of loops are many, but few of them differ for one group: the group's factors of the words
    are remembered, and known by their number.
    """

    architecture: Architecture
    layer: Layer
    places: Mapping[str, tuple[int, ...]]
    walks: Mapping[str, Walk]
    words: Floats
    used: Floats
    factors: Factors
    _memo: Memo = field(default_factory=Memo, repr=False)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def cells(self) -> int:
        """How many numbers are remembered."""
        return len(self.factors) * len(self)

    def one(self) -> int:
        """The number of the factor that is 1."""
        return self._memo.recall("one", lambda: self._add(np.ones(len(self))))

    def times(self, kind: str, position: int) -> int:
        """The number of the group's factor of `Measure.times`."""
        make = self._steps if kind == "steps" else self._idleness
        return self._memo.recall((kind, position), lambda: self._add(make(position)))

    def kinds(self) -> Integers:
        """The kind of each row, of shape (rows, storages): of one kind at a storage are those that
        hold tiles of the same extents there, and at every storage outside it, and that have the
        same loops running outside.
        """
        return self._memo.recall("kinds", self._kinds)

    def running(self) -> Integers:
        """Which dimensions' loops take more than one step, of shape (rows, places): the sum of the
        powers of two of their numbers in the layer.
        """
        return self._memo.recall("running", self._running)

    def _kinds(self) -> Integers:
        kind, kinds, before = np.zeros(len(self), dtype=np.int64), list[Integers](), 0
        for place, extents in held(self.architecture, self.places, self.walks):
            for number in (*extents, *self.running().T[before:place]):
                most = int(number.max()) + 1
                if int(kind.max()) * most > MOST_KINDS:
                    kind = np.unique(kind, return_inverse=True)[1]
                kind = kind * most + number
            kind, before = np.unique(kind, return_inverse=True)[1], place
            kinds.append(kind)
        return np.stack(kinds, axis=1) if kinds else np.zeros((len(self), 0), dtype=np.int64)

    def _running(self) -> Integers:
        running = np.zeros((len(self), len(self.architecture.places)), dtype=np.int64)
        for number, name in enumerate(self.layer.bounds):
            if name in self.walks:
                for place in self.places[name]:
                    running[:, place] += self._runs(name, place).astype(np.int64) << number
        return running

    def turns(self, own: tuple[OrderedLoop, ...]) -> int:
        """The number of the group's factor of the steps of these of its loops."""
        return self._memo.recall(("turns", own), lambda: self._add(self._turns(own)))

    def share(self, link: Link, span: Span, own: tuple[OrderedLoop, ...], reads: bool) -> Share:
        """The group's share of the words over `link`, as the parent reads or children receive.

        `own` are its loops among those of the span.
        """
        return self._memo.recall((link, own, reads), lambda: self._share(link, span, own, reads))

    def _share(self, link: Link, span: Span, own: tuple[OrderedLoop, ...], reads: bool) -> Share:
        other = OrderedLoop(dimension=OTHER, place=0, spatial=False)
        steps = [other]
        for step in own:
            steps += [step] if step.spatial else [step, other]
        alone = Span(steps=tuple(steps), parent=span.parent, child=span.child, exits=span.exits)
        parts = turnovers(self.layer, link.tensor, alone, self.walks)
        now = reduce(mul, (part.read if reads else part.received for part in parts))[1:]
        kept = reduce(mul, (part.read_kept if reads else part.received_kept for part in parts))[1:]
        inside = self._changed_inside(link.tensor, own)
        return Share(
            holds=[self._add(row) for row in now],
            kept=[self._add_any(row) for row in kept],
            fresh=[self._add_any(row) for row in now - kept],
            stays=[bool(np.logical_and(*both).any()) for both in zip(kept, inside, strict=True)],
        )

    def _changed_inside(self, tensor: str, own: tuple[OrderedLoop, ...]) -> list[NDArray[np.bool_]]:
        """For each state the rows in which a loop further in brings another tile."""
        ranks = [rank for rank in self.layer.tensors[tensor] if not rank.slides]
        changing = {name for rank in ranks for name in rank.dimensions}
        changed = np.zeros(len(self), dtype=bool)
        states = [changed]
        for step in reversed([step for step in own if not step.spatial]):
            states.append(changed)
            if step.dimension in changing:
                changed = changed | self._runs(step.dimension, step.place)
            states.append(changed)
        return states[::-1]

    def _runs(self, dimension: str, place: int) -> NDArray[np.bool_]:
        """The rows in which the dimension's loop at the place takes more than one step."""
        walk, at = self.walks[dimension], self.places[dimension].index(place)
        around = walk.tiles[:, at - 1] if at else walk.bound
        runs: NDArray[np.bool_] = walk.tiles[:, at] < around
        return runs

    def _steps(self, position: int) -> Floats:
        """Steps of the loops in time outside the position."""
        return self._active(position, Slot.FIRST)

    def _idleness(self, position: int) -> Floats:
        """These steps for each step that an instance there works."""
        idleness: Floats = self._steps(position) / self._active(position, Slot.SPACE)
        return idleness

    def _turns(self, own: tuple[OrderedLoop, ...]) -> Floats:
        factor = np.ones(len(self))
        for name, walk in self.walks.items():
            loops = [step for step in own if step.dimension == name]
            slots = [Slot.FIRST if step.spatial else Slot.TIME for step in loops]
            factor = factor * walk.shown(slots, len(slots)).active
        return factor

    def _active(self, position: int, across: Slot) -> Floats:
        factor = np.ones(len(self))
        for name, walk in self.walks.items():
            outside = [self.architecture.places[at] for at in self.places[name] if at < position]
            slots = [across if place.spatial else Slot.TIME for place in outside]
            factor = factor * walk.shown(slots, len(slots)).active
        return factor

    def _add(self, factor: Integers | Floats) -> int:
        return self.factors.add(factor)

    def _add_any(self, factor: Integers) -> int | None:
        return self._add(factor) if factor.any() else None


def rows_of(architecture: Architecture, layer: Layer, group: tuple[Tilings, ...]) -> Combinations:
    """All combinations of the tilings of the parts."""
    index = np.indices([len(part) for part in group]).reshape(len(group), -1)
    walks = {
        part.dimension: Walk(bound=part.bound, tiles=part.tiles[row])
        for part, row in zip(group, index, strict=True)
    }
    places = {part.dimension: part.places for part in group}
    return Combinations(
        architecture=architecture,
        layer=layer,
        places=places,
        walks=walks,
        words=footprints(architecture, layer, places, walks),
        used=instances(architecture, places, walks),
        factors=Factors(),
    )
