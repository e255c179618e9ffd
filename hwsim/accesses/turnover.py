"""What of a tensor a component meets anew, and what it keeps, whenever a loop outside it moves on.

Each loop in time outside the component defines a *class* of moves: it goes on by one, those inside
it return to their first index, those outside it stand. Class 0 is the very first fill. Because no
dimension occurs in two ranks of a tensor, the words of a move are a product over the tensor's ranks
(and over the dimensions that the tensor does not depend on), of what one rank holds now; what is
kept is the product of what each rank keeps. So the sums over all moves of a class are products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from hwsim.accesses.moves import manners
from hwsim.accesses.order import Span
from hwsim.accesses.shown import Amount, Classes, Shown, Walked
from hwsim.accesses.slot import Slot
from hwsim.workload.layer import Layer, Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover(Generic[Classes]):
    """For each class of moves, and each tiling of many, summed over the moves: what a rank holds
    and what of it was there before, as the parent reads it and as instances receive it.
    """

    read: Classes
    read_kept: Classes
    received: Classes
    received_kept: Classes


def turnovers(
    layer: Layer, tensor: str, span: Span, walks: Mapping[str, Walked[Amount, Classes]]
) -> tuple[Turnover[Classes], ...]:
    """The turnover of the tensor along each of its ranks whose dimensions are walked, and along
    each walked dimension that it does not depend on.
    """
    ranks = [rank for rank in layer.tensors[tensor] if walks.keys() >= set(rank.dimensions)]
    used = {name for rank in ranks for name in rank.dimensions}
    return (
        *(_of_rank(rank, span, walks) for rank in ranks),
        *(_of_repetition(name, span, walk) for name, walk in walks.items() if name not in used),
    )


def _of_rank(
    rank: Rank, span: Span, walks: Mapping[str, Walked[Amount, Classes]]
) -> Turnover[Classes]:
    """The turnover of a rank that one dimension indexes, or two that slide along each other."""
    if rank.slides:
        return _of_window(rank, span, walks)
    (dimension,) = rank.dimensions
    return _of_dimension(span, dimension, walks[dimension])


def _of_repetition(dimension: str, span: Span, walk: Walked[Amount, Classes]) -> Turnover[Classes]:
    """The turnover along a dimension that the tensor does not depend on: one tile, always kept."""
    received = span.slots(dimension)
    outside = span.slots_outside(span.parent, dimension)
    read = tuple(
        Slot.FIRST if slot is Slot.SPACE and at >= outside else slot
        for at, slot in enumerate(received)
    )
    sums = [
        _by_class(span, dimension, [tiles.active for tiles in _shown(walk, slots)])
        for slots in (read, received)
    ]
    return _turnover(walk, sums[0], sums[0], sums[1], sums[1])


def _of_dimension(span: Span, dimension: str, walk: Walked[Amount, Classes]) -> Turnover[Classes]:
    """Tiles of one dimension never overlap: each is kept whole or not at all, and read once."""
    exits = tuple(span.slots_outside(place, dimension) for place in span.exits)
    shown = _shown(walk, span.slots(dimension), exits)
    total = _by_class(span, dimension, [tiles.extent for tiles in shown])
    kept = [
        _none_of(shown[depth].kept) if moving == dimension else shown[depth].kept
        for moving, depth in zip(span.moving, span.depths(dimension), strict=True)
    ]
    return _turnover(walk, total, kept, total, kept)


def _turnover(
    walk: Walked[Amount, Classes],
    read: Sequence[Amount],
    read_kept: Sequence[Amount],
    received: Sequence[Amount],
    received_kept: Sequence[Amount],
) -> Turnover[Classes]:
    """Put the amounts of the classes together; at the first fill nothing is kept."""
    return Turnover(
        read=walk.by_class(read),
        read_kept=walk.by_class([_none_of(read_kept[0]), *read_kept[1:]]),
        received=walk.by_class(received),
        received_kept=walk.by_class([_none_of(received_kept[0]), *received_kept[1:]]),
    )


def _none_of(amount: Any) -> Any:
    return 0 * amount


def _shown(
    walk: Walked[Amount, Classes], slots: tuple[Slot, ...], exits: tuple[int, ...] = ()
) -> list[Shown[Amount]]:
    """The tiles at every depth."""
    return [walk.shown(slots, depth, exits) for depth in range(slots.count(Slot.TIME) + 1)]


def _by_class(span: Span, dimension: str, shown: Sequence[Any]) -> list[Any]:
    """Sums for each class from those at each depth: where the dimension's own loop moves, the
    difference between its taking all indices and standing at the first.
    """
    return [
        shown[depth + 1] - shown[depth] if moving == dimension else shown[depth]
        for moving, depth in zip(span.moving, span.depths(dimension), strict=True)
    ]


def _of_window(
    rank: Rank, span: Span, walks: Mapping[str, Walked[Amount, Classes]]
) -> Turnover[Classes]:
    """Tiles of two dimensions along one rank overlap; each class is looked at on its own."""
    (outer, stride), (inner, dilation) = rank.terms
    by_class = []
    for moving, *depths in zip(span.moving, span.depths(outer), span.depths(inner), strict=True):
        first, second = (
            tuple(
                manners(
                    span.slots(name),
                    span.slots_outside(span.parent, name),
                    depth,
                    moving == name,
                )
            )
            for name, depth in zip((outer, inner), depths, strict=True)
        )
        by_class.append(walks[outer].changes(first, walks[inner], second, (stride, dilation)))
    return _turnover(walks[outer], *zip(*by_class, strict=True))
