"""Tables of tilings to tables of their kinds: what all rows of a kind need, and cost at least.

Rows are of one kind at a storage if they hold tiles of the same extents there, and at every storage
outside it, and have the same loops running outside. What crosses the links outside depends on
little else, and what the storage holds on nothing else. So a choice of one kind for each group has
a bound that is close, and few choices are left in which anything good can be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers
from hwsim.mapper.room import Floats
from hwsim.mapper.table import Table
from hwsim.mapper.terms import DimensionGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The rows of a table by their kind: a table of kinds, and the numbers of the rows of each."""

    whole: Table
    table: Table
    rows: list[Integers]

    def of(self, kinds: Integers) -> Table:
        """The rows of some kinds."""
        rows = [self.rows[kind] for kind in kinds.tolist()]
        return self.whole.take(np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *rows])))

    @property
    def group(self) -> DimensionGroup:
        """The group whose picks are the kinds."""
        return next(iter(self.table.picks))


def kinds_of(table: Table, storage: int, weights: Floats) -> Kinds:
    """The kinds of the rows at a storage. Of each factor they have the least, or the most where it
    lowers the value. Factors must not be negative.
    """
    kind = table.kinds[:, storage]
    order = np.argsort(kind, kind="stable")
    starts = np.flatnonzero(np.diff(kind[order], prepend=-1))
    factors = table.factors[order]
    least = np.minimum.reduceat(factors, starts)
    if (weights < 0).any():
        least = np.where(weights < 0, np.maximum.reduceat(factors, starts), least)
    (group, *_) = table.picks
    return Kinds(
        whole=table,
        table=Table(
            picks={group: np.arange(len(starts))},
            factors=least,
            words=np.minimum.reduceat(table.words[order], starts),
            used=np.minimum.reduceat(table.used[order], starts),
            steps=np.minimum.reduceat(table.steps[order], starts),
            kinds=table.kinds[order[starts]],
            running=table.running[order[starts]],
            number=np.add.reduceat(table.number[order], starts),
        ),
        rows=np.split(order, starts[1:]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Choices of a kind for each of some tables: how many combinations of rows each stands for, and
    a value that none of these is below.
    """

    parts: list[Kinds]
    kinds: list[Integers]
    number: Integers
    lowest: Floats

    def __len__(self) -> int:
        return len(self.lowest)

    @staticmethod
    def of(
        parts: list[Kinds], first: Table, second: Table, keep: NDArray[np.bool_], least: Floats
    ) -> "Choices":
        """The choices in pairs of rows of joined kinds, which cost so much at least."""
        left, right = np.nonzero(keep)
        picks = {key: pick[left] for key, pick in first.picks.items()}
        picks |= {key: pick[right] for key, pick in second.picks.items()}
        return Choices(
            parts=parts,
            kinds=[picks[part.group] for part in parts],
            number=first.number[left] * second.number[right],
            lowest=least[keep],
        )

    @staticmethod
    def stacked(parts: list[Kinds], some: list["Choices"]) -> "Choices":
        """The choices of all of some."""
        none = np.zeros(0, dtype=np.int64)
        return Choices(
            parts=parts,
            kinds=[
                np.concatenate([none, *(each.kinds[at] for each in some)])
                for at in range(len(parts))
            ],
            number=np.concatenate([none, *(each.number for each in some)]),
            lowest=np.concatenate([np.zeros(0), *(each.lowest for each in some)]),
        )

    def tables(self, at: int) -> list[Table]:
        """The rows of the kinds of one choice."""
        pairs = zip(self.parts, self.kinds, strict=True)
        return [part.whole.take(part.rows[kind[at]]) for part, kind in pairs]

    @property
    def together(self) -> list[Table]:
        """The rows of the kinds of any choice."""
        pairs = zip(self.parts, self.kinds, strict=True)
        return [part.of(np.unique(kind)) for part, kind in pairs]
