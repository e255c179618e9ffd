"""A dimension's loops to its moves: what its instances hold after and before a loop goes on by one.

A loop may take thousands of steps. But its tiles are alike from one to the next, until one is
partial or there is none; so of the indices that are alike one is looked at, and it is kept how many
they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, product
from operator import add
from typing import Literal

from hwsim.accesses.slot import Slot

#: How a loop runs in a class of moves. In time: at `any` of its indices, before as now; gone `on`
#: by one; or begun `anew`, after its last. In space: with an instance below the same parent at each
#: index (`beside`), or with a parent at each (`apart`).
Manner = Literal["any", "on", "anew", "beside", "apart"]
#: Start and extent of an instance's tile now, and before; the extent is 0 where there is no work.
Held = tuple[int, int, int, int]
#: What each instance below one parent holds, starts counted from the lowest; none that idles.
Move = tuple[Held, ...]
#: From the outermost inwards, how each loop runs and the tile that it leaves.
TiledLoops = tuple[tuple[Manner, int], ...]
#: Moves, and how often each occurs.
Often = Mapping[Move, int]


def manners(slots: Iterable[Slot], parent: int, depth: int, moves: bool) -> Iterator[Manner]:
    """How each loop runs, outermost first.

    The first `depth` loops in time take all their indices, the inner ones return from their last to
    their first; if the dimension `moves`, the loop at `depth` itself goes on by one. Slots from
    `parent` on tell apart the instances below one parent.
    """
    in_time = 0
    for at, slot in enumerate(slots):
        if slot is not Slot.TIME:
            yield "beside" if at >= parent else "apart"
            continue
        yield "any" if in_time < depth else "on" if moves and in_time == depth else "anew"
        in_time += 1


def moves(bound: int, how: Iterable[Manner], tiles: Iterable[int]) -> Often:
    """The moves of a dimension of that extent whose loops have these tiles.

    Loops of one step move nothing, and are left out.
    """
    loops = list[tuple[Manner, int]]()
    extent = bound
    for run, tile in zip(how, tiles, strict=True):
        if tile < extent:
            loops.append((run, tile))
            extent = tile
        elif run == "on":
            return {}
    return _moves(bound, tuple(loops))


@lru_cache(maxsize=1 << 16)
def _moves(bound: int, loops: TiledLoops) -> Often:
    found: dict[Move, int] = {}
    for instances in _instances(bound, loops):
        held: Often = {((0, bound, 0, bound),) * len(instances): 1}
        for at, (run, tile) in enumerate(loops):
            if run in ("any", "on"):
                held = _gone_on(held, tile, int(run == "on"))
            elif run == "anew":
                held = _begun_anew(held, tile, [sum(starts[at:]) for starts in instances])
            else:
                held = _spread(held, tile, [starts[at] for starts in instances])
        _add(found, ((_relative(move), often) for move, often in held.items()))
    found.pop((), None)
    return found


def _instances(bound: int, loops: TiledLoops) -> Iterator[list[tuple[int, ...]]]:
    """For each parent its instances: where they start in the tile outside each loop."""
    extents = (bound, *(tile for _, tile in loops))
    every = [
        range(0, extent, tile) if run in ("beside", "apart") else (0,)
        for extent, (run, tile) in zip(extents, loops, strict=False)
    ]
    parents = [
        starts if run == "apart" else (0,) for starts, (run, _) in zip(every, loops, strict=True)
    ]
    below = [
        (0,) if run == "apart" else starts for starts, (run, _) in zip(every, loops, strict=True)
    ]
    for parent in product(*parents):
        yield [tuple(map(add, parent, instance)) for instance in product(*below)]


def _spread(held: Often, tile: int, starts: Sequence[int]) -> Often:
    """Inside a loop in space; each instance starts somewhere in the tile around."""
    return _add(
        {},
        (
            (
                tuple(
                    (
                        now + start,
                        _inside(size, start, tile),
                        then + start,
                        _inside(old, start, tile),
                    )
                    for (now, size, then, old), start in zip(move, starts, strict=True)
                ),
                often,
            )
            for move, often in held.items()
        ),
    )


def _begun_anew(held: Often, tile: int, starts: Sequence[int]) -> Often:
    """Inside a loop in time that returns from the last index at which an instance had work to the
    first; by the loops in space inside, each instance starts somewhere in the tile.
    """

    def anew(one: Held, start: int) -> Held:
        now, size, then, old = one
        last = max(old - start - 1, 0) // tile * tile
        return now, min(size, tile), then + last, _inside(old, last, tile)

    return _add({}, ((tuple(map(anew, move, starts)), often) for move, often in held.items()))


def _gone_on(held: Often, tile: int, back: int) -> Often:
    """Inside a loop in time at any of its indices from `back` on; before, it was so far back."""
    return _add(
        {}, (one for move, often in held.items() for one in _steps(move, often, tile, back))
    )


def _steps(move: Move, often: int, tile: int, back: int) -> Iterator[tuple[Move, int]]:
    """The moves at the loop's indices: all are alike between those at which a tile, now or before,
    is no longer whole or no longer there.
    """
    sizes = {size for _, size, _, _ in move}
    end = -(-max(sizes) // tile)
    turns = (size // tile + number for size in sizes for number in range(2 + back))
    marks = sorted({back, *(mark for mark in turns if back < mark < end), end})
    for index, following in pairwise(marks):
        here, there = index * tile, (index - back) * tile
        inside = (
            (now, _inside(size, here, tile), now - back * tile, _inside(size, there, tile))
            for now, size, _, _ in move
        )
        yield tuple(inside), often * (following - index)


def _inside(size: int, start: int, tile: int) -> int:
    """The extent of a tile that starts so far inside an extent."""
    return min(max(size - start, 0), tile)


def _add(found: dict[Move, int], more: Iterable[tuple[Move, int]]) -> dict[Move, int]:
    for move, often in more:
        found[move] = found.get(move, 0) + often
    return found


def _relative(move: Move) -> Move:
    """The move with its starts counted from the lowest; idle instances are left out."""
    busy = [held for held in move if held[1]]
    if not busy:
        return ()
    origin = min(min(now, then) for now, _, then, _ in busy)
    return tuple((now - origin, size, then - origin, old) for now, size, then, old in busy)
