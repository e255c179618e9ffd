"""How many words cross a link in one move, and in how many moves: what is moved together.

Of one move are the words that all instances below one parent read anew, or that one instance
receives. They are products over ranks, as their sums are (`turnover.py`): so of each rank it is
told how many indices there are, how many of them were there before, and how often that is so.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from hwsim.accesses.counts import Sizes
from hwsim.accesses.groups import MetTile, groups
from hwsim.accesses.moves import Often, manners, moves
from hwsim.accesses.order import Span
from hwsim.accesses.slot import Slot
from hwsim.accesses.track import Track
from hwsim.accesses.window import change_of_all, changes_of_each
from hwsim.workload.layer import Layer, Rank

#: Indices of a rank, and those of them that were there before.
NowAndBefore = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An end of a link: the instances of the child one by one (`each`), or all below one parent.

    There a word that several of them receive may be read `once`.
    """

    each: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What moves together over a link whose child `keeps` words from one move to the next."""

    layer: Layer
    tensor: str
    span: Span
    tracks: Mapping[str, Track]
    side: Side
    keeps: bool

    def sizes(self) -> Sizes:
        """Return the sizes of all moves, and how many moves are of each."""
        found = Counter[int]()
        for number in range(len(self.span.moving)):
            held = Counter[NowAndBefore]({(1, 1): 1})
            for factor in self._factors(number):
                held = _product(held, factor)
            for (now, before), often in held.items():
                found[now - before * (self.keeps and number > 0)] += often
        return {size: often for size, often in found.items() if size and often}

    def _factors(self, number: int) -> Iterator[Counter[NowAndBefore]]:
        """What each rank holds in a class of moves, and each dimension that the tensor lacks."""
        used = set[str]()
        for rank in self.layer.tensors[self.tensor]:
            used.update(rank.dimensions)
            if rank.slides:
                yield self._of_window(rank, number)
            else:
                (dimension,) = rank.dimensions
                yield self._of_dimension(dimension, number)
        for name in self.tracks:
            if name not in used:
                yield self._of_repetition(name, number)

    def _of_dimension(self, name: str, number: int) -> Counter[NowAndBefore]:
        """Tiles of one dimension never overlap: each is kept whole or not at all."""
        span = self.span
        exits = tuple(span.slots_outside(place, name) for place in span.exits)
        goes = span.moving[number] == name

        def held(tile: MetTile) -> NowAndBefore:
            size, other, left = tile
            return size, 0 if other or left or goes else size

        return self._of_groups(name, number, span.slots(name), exits, held)

    def _of_repetition(self, name: str, number: int) -> Counter[NowAndBefore]:
        """Along a dimension that the tensor does not depend on there is one tile, always kept."""
        slots = self.span.slots(name)
        if self.side.once:
            outside = self.span.slots_outside(self.span.parent, name)
            slots = tuple(
                Slot.FIRST if slot is Slot.SPACE and at >= outside else slot
                for at, slot in enumerate(slots)
            )
        return self._of_groups(name, number, slots, (), lambda _: (1, 1))

    def _of_groups(
        self,
        name: str,
        number: int,
        slots: tuple[Slot, ...],
        exits: tuple[int, ...],
        held: Callable[[MetTile], NowAndBefore],
    ) -> Counter[NowAndBefore]:
        """Where the dimension's own loop moves, what it shows at all indices but the first."""
        track, parent = self.tracks[name], self.span.slots_outside(self.span.parent, name)
        depth = self.span.depths(name)[number]

        def shown(depth: int) -> Counter[NowAndBefore]:
            found = Counter[NowAndBefore]()
            for group, often in groups(
                track.bound, track.tiles, slots, depth, parent, exits
            ).items():
                for one, times in self._at_side([(held(tile), n) for tile, n in group]):
                    found[one] += often * times
            return found

        if self.span.moving[number] != name:
            return shown(depth)
        return shown(depth + 1) - shown(depth)

    def _of_window(self, rank: Rank, number: int) -> Counter[NowAndBefore]:
        """Tiles of two dimensions along one rank overlap."""
        (outer, stride), (inner, dilation) = rank.terms
        first, second = (self._moves(name, number) for name in (outer, inner))
        found = Counter[NowAndBefore]()
        for (one, often), (other, times) in product(first.items(), second.items()):
            if self.side.once:
                found[change_of_all(one, other, stride, dilation)] += often * times
                continue
            each = changes_of_each(one, other, stride, dilation)
            for held, number_of in self._at_side([(held, 1) for held in each]):
                found[held] += often * times * number_of
        return found

    def _moves(self, name: str, number: int) -> Often:
        span, track = self.span, self.tracks[name]
        slots, outside = span.slots(name), span.slots_outside(span.parent, name)
        how = manners(slots, outside, span.depths(name)[number], span.moving[number] == name)
        return moves(track.bound, tuple(how), track.tiles[: len(slots)])

    def _at_side(
        self, instances: Iterable[tuple[NowAndBefore, int]]
    ) -> Iterable[tuple[NowAndBefore, int]]:
        """What instances hold, one by one or all together."""
        if self.side.each:
            return instances
        tiles = [(now * n, before * n) for (now, before), n in instances]
        now, before = map(sum, zip(*tiles, strict=True))
        return [((now, before), 1)]


def _product(one: Counter[NowAndBefore], other: Counter[NowAndBefore]) -> Counter[NowAndBefore]:
    found = Counter[NowAndBefore]()
    for ((now, before), often), ((more, old), times) in product(one.items(), other.items()):
        found[now * more, before * old] += often * times
    return found
