"""The tile sizes of one dimension at its loops, from the innermost loop outwards.

The declared space: the innermost tile is 1; each tile is a whole multiple of the tile inside it, or
the whole extent; the multiple is balanced, the least that gets along with its number of steps. The
outermost loop of a dimension takes what is left, and its last tile may be partial.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from hwsim.accesses.walk import Integers


@cache
def balanced(number: int) -> tuple[int, ...]:
    """Every ceil(number / steps): the least block of each number of steps, ascending."""
    sizes, steps = [], 1
    while steps <= number:
        size = -(-number // steps)
        sizes.append(size)
        steps = -(-number // (size - 1)) if size > 1 else number + 1
    return tuple(reversed(sizes))


def tilings(bound: int, limits: Sequence[int], largest: Sequence[int]) -> Integers:
    """All tilings of a dimension of extent `bound` at its loops, as rows of tiles, outermost first.

    For each loop, `limits` is the most iterations it may take (an axis' size) and `largest` the
    largest extent that may enter it. No row: the dimension cannot be run.
    """
    partial: list[tuple[int, ...]] = [(1,)]
    for limit, extent in zip(limits[:0:-1], largest[:0:-1], strict=True):
        partial = [
            (outer, *tiles)
            for tiles in partial
            for outer in _enclosing(bound, tiles[0], limit)
            if outer <= extent
        ]
    loops = len(limits)
    if not loops:
        return np.ones((int(bound == 1), 0), dtype=np.int64)
    rows = [
        tiles
        for tiles in partial
        if -(-bound // tiles[0]) <= limits[0] and bound <= largest[0]
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), loops)


def _enclosing(bound: int, tile: int, limit: int) -> list[int]:
    """The extents that a loop in steps of `tile` may walk in at most `limit` iterations."""
    blocks = -(-bound // tile)
    return [min(bound, tile * number) for number in balanced(blocks) if number <= limit]
