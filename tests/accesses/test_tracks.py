"""One tiling in Python's integers, and the same among many in arrays: their sums are the same."""

from dataclasses import astuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.accesses.slot import Slot
from hwsim.accesses.track import Track
from hwsim.accesses.walk import Walk


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, list[list[int]], list[Slot]]:
    """An extent, tilings of it with a tile for each slot, and the slots."""
    bound = draw(st.integers(1, 40))
    slots = draw(st.lists(st.sampled_from(Slot), max_size=5))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        tiles = [bound]
        for _ in slots:
            tiles.append(draw(st.integers(1, tiles[-1])))
        rows.append(tiles[1:])
    return bound, rows, slots


@settings(max_examples=300)
@given(tilings(), st.data())
def test_a_tiling_shows_what_it_shows_among_many(
    drawn: tuple[int, list[list[int]], list[Slot]], data: st.DataObject
) -> None:
    """At any depth, whatever has to stay outside."""
    bound, rows, slots = drawn
    depth = data.draw(st.integers(0, len(slots)))
    exits = tuple(data.draw(st.lists(st.integers(0, len(slots)), max_size=2)))
    shape = (len(rows), len(slots))
    walk = Walk(bound=bound, tiles=np.array(rows, dtype=np.int64).reshape(shape))
    many = astuple(walk.shown(slots, depth, exits))
    for at, tiles in enumerate(rows):
        one = Track(bound=bound, tiles=tuple(tiles)).shown(slots, depth, exits)
        assert astuple(one) == tuple(int(sums[at]) for sums in many)


def test_no_extent_is_too_large() -> None:
    """Sums that no machine word holds are exact."""
    bound = 3**50
    track = Track(bound=bound, tiles=(3**20, 7))
    shown = track.shown([Slot.SPACE, Slot.TIME], 1)
    assert shown.extent == bound
    assert shown.active == 3**30 * -(-(3**20) // 7)
