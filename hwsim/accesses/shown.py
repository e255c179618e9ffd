"""The tiles that a dimension shows, added up; and the law by which tiles lie inside tiles.

A *slot* is a loop of the dimension outside the component that is counted, outermost first. The
*depth* of a count splits the loops in time: the first `depth` of them take all their indices, the
others stand at their first iteration. The tiles that remain are those that the dimension shows when
a loop just outside them moves on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from hwsim.accesses.moves import Manner
from hwsim.accesses.slot import Slot

#: A number for one tiling; or an array of them, one for each of many.
Amount = TypeVar("Amount")
#: Amounts by the class of moves.
Classes = TypeVar("Classes", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Generic[Amount]):
    """Sums over the tiles that a dimension shows: their extents, the extents of those whose
    instances never meet another tile, and the number of those that are not empty.
    """

    extent: Amount
    kept: Amount
    active: Amount


class Walked(Protocol[Amount, Classes]):
    """A dimension that is walked by its loops."""

    def shown(self, slots: Sequence[Slot], depth: int, exits: Sequence[int] = ()) -> Shown[Amount]:
        """Return the sums over the tiles at `depth`, where the dimension's loops run as `slots`.

        `exits` are the numbers of slots outside the storages whose tile has to stay, too, for this
        one to stay.
        """

    def changes(
        self,
        runs: tuple[Manner, ...],
        inner: Any,
        inner_runs: tuple[Manner, ...],
        steps: tuple[int, int],
    ) -> Any:
        """Return the sums of `window.Overlap` over a class of moves, where this dimension and an
        inner one slide along one rank in these steps.
        """

    def by_class(self, amounts: Sequence[Amount]) -> Classes:
        """Put the amounts of the classes together."""


def inside(
    size: Any, other: Any, tile: Any, least: Callable[..., Any], most: Callable[..., Any]
) -> list[tuple[Any, Any, Any]]:
    """Return the tiles of a loop at every index in a tile of that size, as numbers or arrays: the
    extent of each, of the other tile beside it, and how many there are.

    Full tiles, then the rest; likewise of the other tile that the instance meets. A tile of 7
    beside one of 5, in steps of 2, are (2, 2), (2, 2), (2, 1) and the rest (1, 0).
    """
    full, rest = divmod(size, tile)
    full_other, rest_other = divmod(other, tile)
    straddles = rest_other > 0
    return [
        (tile, tile, full_other),
        (least(tile, size - full_other * tile), rest_other, straddles),
        (tile, 0 * tile, most(full - full_other - straddles, 0)),
        (rest, 0 * tile, (rest > 0) & (full >= full_other + straddles)),
    ]
