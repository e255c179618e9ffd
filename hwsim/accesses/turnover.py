"""What of a tensor a component meets anew, and what it keeps, whenever a loop outside it moves on.

Each loop in time outside the component defines a *class* of moves: it goes on by one, those inside
it return to their first index, those outside it stand. Class 0 is the very first fill. Because no
dimension occurs in two ranks of a tensor, the words of a move are a product over the tensor's ranks
(and over the dimensions that the tensor does not depend on), of what one rank holds now; what is
kept is the product of what each rank keeps. So the sums over all moves of a class are products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hwsim.accesses import window
from hwsim.accesses.moves import manners
from hwsim.accesses.order import Span
from hwsim.accesses.walk import Integers, Shown, Slot, Walk
from hwsim.workload.layer import Layer, Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """For each class of moves (first axis) and each tiling (second), summed over the moves: what a
    rank holds and what of it was there before, as the parent reads it and as instances receive it.
    """

    read: Integers
    read_kept: Integers
    received: Integers
    received_kept: Integers


def turnovers(
    layer: Layer, tensor: str, span: Span, walks: Mapping[str, Walk]
) -> tuple[Turnover, ...]:
    """The turnover of the tensor along each of its ranks whose dimensions are walked, and along
    each walked dimension that it does not depend on.
    """
    ranks = [rank for rank in layer.tensors[tensor] if walks.keys() >= set(rank.dimensions)]
    used = {name for rank in ranks for name in rank.dimensions}
    return (
        *(_of_rank(rank, span, walks) for rank in ranks),
        *(_of_repetition(name, span, walk) for name, walk in walks.items() if name not in used),
    )


def _of_rank(rank: Rank, span: Span, walks: Mapping[str, Walk]) -> Turnover:
    """The turnover of a rank that one dimension indexes, or two that slide along each other."""
    if rank.slides:
        return _of_window(rank, span, walks)
    (dimension,) = rank.dimensions
    return _of_dimension(span, dimension, walks[dimension])


def _of_repetition(dimension: str, span: Span, walk: Walk) -> Turnover:
    """The turnover along a dimension that the tensor does not depend on: one tile, always kept."""
    received = span.slots(dimension)
    outside = span.slots_outside(span.parent, dimension)
    read = tuple(
        Slot.FIRST if slot is Slot.SPACE and at >= outside else slot
        for at, slot in enumerate(received)
    )
    sums, kept = [], []
    for slots in (read, received):
        shown = _shown(walk, slots)
        sums.append(_by_class(span, dimension, [tiles.active for tiles in shown]))
        kept.append(np.concatenate([np.zeros_like(sums[-1][:1]), sums[-1][1:]]))
    return Turnover(read=sums[0], read_kept=kept[0], received=sums[1], received_kept=kept[1])


def _of_dimension(span: Span, dimension: str, walk: Walk) -> Turnover:
    """Tiles of one dimension never overlap: each is kept whole or not at all, and read once."""
    exits = tuple(span.slots_outside(place, dimension) for place in span.exits)
    shown = _shown(walk, span.slots(dimension), exits)
    total = _by_class(span, dimension, [tiles.extent for tiles in shown])
    kept = np.zeros_like(total)
    for number, (moving, depth) in enumerate(zip(span.moving, span.depths(dimension), strict=True)):
        if number and moving != dimension:
            kept[number] = shown[depth].kept
    return Turnover(read=total, read_kept=kept, received=total, received_kept=kept)


def _shown(walk: Walk, slots: tuple[Slot, ...], exits: tuple[int, ...] = ()) -> list[Shown]:
    """The tiles at every depth."""
    return [walk.shown(slots, depth, exits) for depth in range(slots.count(Slot.TIME) + 1)]


def _by_class(span: Span, dimension: str, shown: Sequence[Integers]) -> Integers:
    """Sums for each class from those at each depth: where the dimension's own loop moves, the
    difference between its taking all indices and standing at the first.
    """
    return np.stack(
        [
            shown[depth + 1] - shown[depth] if moving == dimension else shown[depth]
            for moving, depth in zip(span.moving, span.depths(dimension), strict=True)
        ]
    )


def _of_window(rank: Rank, span: Span, walks: Mapping[str, Walk]) -> Turnover:
    """Tiles of two dimensions along one rank overlap; each class is looked at on its own."""
    (outer, stride), (inner, dilation) = rank.terms
    by_class = []
    for moving, *depths in zip(span.moving, span.depths(outer), span.depths(inner), strict=True):
        sides = [
            window.Side(
                walk=walks[name],
                runs=(
                    *manners(
                        span.slots(name),
                        span.slots_outside(span.parent, name),
                        depth,
                        moving == name,
                    ),
                ),
            )
            for name, depth in zip((outer, inner), depths, strict=True)
        ]
        by_class.append(window.changes(sides[0], sides[1], stride, dilation))
    read, read_kept, received, received_kept = np.moveaxis(np.stack(by_class), 1, 0)
    read_kept[0] = received_kept[0] = 0
    return Turnover(read=read, read_kept=read_kept, received=received, received_kept=received_kept)
