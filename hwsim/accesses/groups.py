"""A dimension's loops to the tiles that instances below one parent have at a time, group by group.

It is what `Track.shown` adds up, but told apart: a *group* are the tiles that are there in one move
below one parent. Groups that are alike are looked at once, however many there are.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import pairwise

from hwsim.accesses.shown import inside
from hwsim.accesses.slot import Slot

#: The extent of a tile, that of the largest other one that its instance meets at another index of
#: the inner loops (0: none), and whether a tile around it does not stay.
MetTile = tuple[int, int, bool]
#: Tiles, and how many there are of each.
Group = tuple[tuple[MetTile, int], ...]


@lru_cache(maxsize=1 << 12)
def groups(
    bound: int,
    tiles: tuple[int, ...],
    slots: tuple[Slot, ...],
    depth: int,
    parent: int,
    exits: tuple[int, ...] = (),
) -> Counter[Group]:
    """Return the groups, and how often each occurs; see `shown.Walked.shown`.

    Loops in space from the slot `parent` on tell apart the tiles of one group.
    """
    found = Counter[Group]({(((bound, 0, False), 1),): 1})
    in_time = 0
    for at, (slot, tile) in enumerate(zip(slots, tiles, strict=False)):
        if at in exits:
            found = _each(found, _leaving)
        if slot is Slot.FIRST:
            found = _each(found, partial(_first, tile=tile))
        elif slot is Slot.TIME and in_time >= depth:
            found = _each(found, partial(_stood, tile=tile))
        elif slot is Slot.SPACE and at >= parent:
            found = _each(found, partial(_beside, tile=tile))
        else:
            found = _split(found, tile)
        in_time += slot is Slot.TIME
    return found


def _each(
    found: Counter[Group], become: Callable[[MetTile], Sequence[tuple[MetTile, int]]]
) -> Counter[Group]:
    """Replace every tile in every group; those without extent are none."""
    made = Counter[Group]()
    for group, often in found.items():
        tiles = Counter[MetTile]()
        for tile, number in group:
            for part, times in become(tile):
                if part[0]:
                    tiles[part] += number * times
        made[tuple(sorted(tiles.items()))] += often
    return made


def _leaving(one: MetTile) -> Sequence[tuple[MetTile, int]]:
    """Let go of a tile whose instance meets another one."""
    size, other, left = one
    return [((size, other, left or other > 0), 1)]


def _first(one: MetTile, tile: int) -> Sequence[tuple[MetTile, int]]:
    """Return the tile of the first instance on an axis."""
    size, other, left = one
    return [((min(size, tile), min(other, tile), left), 1)]


def _stood(one: MetTile, tile: int) -> Sequence[tuple[MetTile, int]]:
    """Return the tile at a loop's first index, where its other indices bring other tiles."""
    size, other, left = one
    return [((min(size, tile), max(min(max(other, size - tile), tile), 0), left), 1)]


def _beside(one: MetTile, tile: int) -> Sequence[tuple[MetTile, int]]:
    """Return the tiles of all instances along a loop in space."""
    size, other, left = one
    return [
        ((part, beside, left), number)
        for part, beside, number in inside(size, other, tile, min, max)
        if number
    ]


def _split(found: Counter[Group], tile: int) -> Counter[Group]:
    """Tell the indices of a loop apart, each of which has a group of its own."""
    made = Counter[Group]()
    for group, often in found.items():
        for first, following in _alike(group, tile):
            tiles = Counter[MetTile]()
            for (size, other, left), number in group:
                part, beside = (min(max(of - first * tile, 0), tile) for of in (size, other))
                if part:
                    tiles[part, beside, left] += number
            made[tuple(sorted(tiles.items()))] += often * (following - first)
    return made


def _alike(group: Group, tile: int) -> Iterator[tuple[int, int]]:
    """The indices of a loop in ranges, each from the first one to that after the last one, in which
    every tile is whole, or the same part, or not there.
    """
    extents = {of for (size, other, _), _ in group for of in (size, other)}
    end = -(-max(size for (size, _, _), _ in group) // tile)
    marks = {0, end, *(of // tile + more for of in extents for more in (0, 1))}
    return pairwise(sorted(mark for mark in marks if mark <= end))
