"""Windows that slide, judged by sets: every tile of every instance, element by element."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.accesses.moves import Manner, manners, moves
from hwsim.accesses.slot import Slot
from hwsim.accesses.track import Track
from hwsim.accesses.walk import Walk

MANY = settings(max_examples=300)


@dataclass(frozen=True)
class Loops:
    """The loops of a dimension, and how they run in a class of moves."""

    bound: int
    tiles: tuple[int, ...]
    slots: tuple[Slot, ...]
    parent: int
    depth: int
    moves: bool

    @property
    def in_time(self) -> list[int]:
        return [at for at, slot in enumerate(self.slots) if slot is Slot.TIME]

    def tile(self, indices: tuple[int, ...]) -> range:
        """What lies inside the loops at these indices."""
        start, end = 0, self.bound
        for index, tile in zip(indices, self.tiles, strict=True):
            start += index * tile
            end = min(end, start + tile)
        return range(start, end)

    def steps(self, at: int) -> range:
        around = min((self.bound, *self.tiles[:at]))
        return range(-(-around // self.tiles[at]))

    def before(self, indices: tuple[int, ...]) -> tuple[int, ...]:
        """Where the loops stood before: one back, and inside at the last index with work."""
        now = [*indices]
        if self.moves:
            now[self.in_time[self.depth]] -= 1
        for at in self.in_time[self.depth + self.moves :]:
            with_work = [
                index for index in self.steps(at) if self.tile((*now[:at], index, *now[at + 1 :]))
            ]
            now[at] = max(with_work, default=0)
        return tuple(now)

    def all_moves(self) -> Iterator[list[tuple[range, range]]]:
        """For each move what every instance below one parent holds after it and before."""
        free = [*map(self.steps, range(len(self.slots)))]
        for at in self.in_time[self.depth :]:
            free[at] = range(1)
        if self.moves:
            moving = self.in_time[self.depth]
            free[moving] = range(1, len(self.steps(moving)))
        below = [
            at for at, slot in enumerate(self.slots) if slot is Slot.SPACE and at >= self.parent
        ]
        outside = [range(1) if at in below else each for at, each in enumerate(free)]
        for indices in product(*outside):
            held = []
            for instance in product(*(free[at] for at in below)):
                here = [*indices]
                for at, index in zip(below, instance, strict=True):
                    here[at] = index
                held.append((self.tile(tuple(here)), self.tile(self.before(tuple(here)))))
            yield held

    @property
    def runs(self) -> tuple[Manner, ...]:
        return tuple(manners(self.slots, self.parent, self.depth, self.moves))

    @property
    def track(self) -> Track:
        return Track(bound=self.bound, tiles=self.tiles)

    @property
    def walk(self) -> Walk:
        return Walk(bound=self.bound, tiles=np.array([self.tiles], dtype=np.int64))


def changes(outer: Loops, inner: Loops, *steps: int) -> list[int]:
    """What is counted of one tiling, which is what is counted of it among many."""
    counted = outer.track.changes(outer.runs, inner.track, inner.runs, (steps[0], steps[1]))
    many = outer.walk.changes(outer.runs, inner.walk, inner.runs, (steps[0], steps[1]))
    assert many[:, 0].tolist() == [*counted]
    return [*counted]


@st.composite
def loops(draw: st.DrawFn) -> Loops:
    """Up to four loops of a small dimension; tiles do not grow, and need not divide."""
    bound = draw(st.integers(1, 9))
    tiles = [bound]
    slots = draw(st.lists(st.sampled_from([Slot.TIME, Slot.SPACE]), max_size=4))
    for _ in slots:
        tiles.append(draw(st.integers(1, tiles[-1])))
    in_time = slots.count(Slot.TIME)
    moving = draw(st.booleans()) if in_time else False
    return Loops(
        bound=bound,
        tiles=tuple(tiles[1:]),
        slots=tuple(slots),
        parent=draw(st.integers(0, len(slots))),
        depth=draw(st.integers(0, in_time - moving)),
        moves=moving,
    )


@MANY
@given(loops(), loops(), st.integers(1, 4), st.integers(1, 3))
def test_what_is_new_is_what_sets_say(
    outer: Loops, inner: Loops, stride: int, dilation: int
) -> None:
    """What one read serves, what of it was there, and both as the instances see it."""
    expected = Counter[str](union=0, kept_by_all=0, arrivals=0, kept=0)
    for first, second in product(outer.all_moves(), inner.all_moves()):
        union, fresh = set[int](), set[int]()
        for (p, q), (r, s) in product(first, second):
            now = {stride * i + dilation * j for i in p for j in r}
            then = {stride * i + dilation * j for i in q for j in s}
            union |= now
            fresh |= now - then
            expected["arrivals"] += len(now)
            expected["kept"] += len(now & then)
        expected["union"] += len(union)
        expected["kept_by_all"] += len(union) - len(fresh)
    assert changes(outer, inner, stride, dilation) == [*expected.values()]


@pytest.mark.parametrize("bound", [97, 10**6 + 3, 2**40 + 1])
def test_work_does_not_grow_with_the_number_of_steps(bound: int) -> None:
    """A loop of a million steps has no more kinds of moves than one of ten."""
    tiles = (bound // 3, bound // 17, 2, 1)
    found = moves(bound, ("any", "any", "on", "anew"), tiles)
    assert 0 < len(found) <= 16
    steps = sum(-(-size // 2) - 1 for size in _sizes(bound, tiles[:2]))
    assert sum(found.values()) == steps


def _sizes(bound: int, tiles: tuple[int, ...]) -> Iterator[int]:
    """The extents of the tiles of nested loops."""
    if not tiles:
        yield bound
        return
    for start in range(0, bound, tiles[0]):
        yield from _sizes(min(tiles[0], bound - start), tiles[1:])


def test_a_window_over_a_million_rows_is_counted() -> None:
    """Row by row, three of them at a time: two of three stay."""
    rows = 10**6
    outer = Loops(rows, (1,), (Slot.TIME,), 0, 0, True)
    inner = Loops(3, (), (), 0, 0, False)
    assert changes(outer, inner, 1, 1) == [
        *(3 * (rows - 1), 2 * (rows - 1), 3 * (rows - 1), 2 * (rows - 1))
    ]
    whole = Loops(rows, (), (), 0, 0, False)
    assert changes(whole, inner, 2, 1)[0] == 2 * rows + 1
