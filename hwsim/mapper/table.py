"""Tables of tilings: of each row the factors of all products, what it needs, and what it can cost.

Nothing that is dropped here could be part of something better than the best choice known.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import pairwise
from math import inf, prod
from operator import mul
from typing import cast

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers
from hwsim.mapper.objective import Aim
from hwsim.mapper.room import Floats, Room
from hwsim.mapper.rows import Combinations
from hwsim.mapper.tally import Tally
from hwsim.mapper.terms import Columns, DimensionGroup
from hwsim.mapper.watch import Watch

#: Sums in another order round differently: values that agree in this many digits are equal,
EQUAL_DIGITS = 12
#: and so are, whatever their digits, those closer than this share.
EQUAL = 3e-12
#: Tables that have no more rows together are made one before anything else.
SMALL = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The value of a mapping, the steps it takes, and for each group the number of its tiling."""

    value: float = inf
    steps: float = inf
    picks: Mapping[DimensionGroup, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What choices are judged by: capacities and axes, and a goal; the tally to keep, and the watch
    that may end it.

    Columns of measure i are those from `starts[i]` on. `duties` tell, for the places outside each
    storage, by the loops that run at a place, whether this order of loops is to price them. Without
    them kinds are not told apart, nor are they of fewer combinations of rows than `many`.
    """

    room: Room
    goal: Aim
    starts: tuple[int, ...]
    tally: Tally
    watch: Watch
    duties: tuple[tuple[tuple[int, NDArray[np.bool_]], ...], ...] = ()
    many: int = 1

    def ceiling(self, best: Pick) -> float:
        """The most that something better can cost; what costs infinitely much is no choice."""
        if self.goal.whole:
            return min(best.value - 1, sys.float_info.max)
        return min(best.value + abs(best.value) * EQUAL, sys.float_info.max)

    def better(self, one: Pick, other: Pick) -> bool:
        """Whether one choice is better than the other: of equal values, that of fewer steps is."""
        if one.value > self.ceiling(other):
            return False
        return self.ceiling(one) < other.value or one.steps < other.steps

    def blocks(self, columns: int) -> list[slice]:
        """The columns of each measure."""
        return [slice(start, end) for start, end in pairwise((*self.starts, columns))]

    def values(self, factors: Floats, others: Floats) -> Floats:
        """The values of all pairs of rows."""
        blocks = self.blocks(factors.shape[1])
        measures = np.empty((len(blocks), len(factors), len(others)))
        for measure, own in zip(measures, blocks, strict=True):
            np.matmul(factors[:, own], others[:, own].T, out=measure)
        return self.goal.value(measures)

    def least(self, factors: Floats, low: Floats, high: Floats) -> Floats:
        """The least value of each row, if what goes with it lies between `low` and `high`."""
        products = factors * np.where(factors < 0, high, low)
        return self.goal.value(np.add.reduceat(products, self.starts, axis=1).T)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of tilings of some groups: `picks[group]` are the tilings' numbers.

    `factors` of the products (rows, columns), `words` of each tensor in each storage, `used`
    instances on each axis, `steps` in time; the `kinds` of each row at the storages, from the
    outermost inwards, and the loops `running` at each place, as far as they are told apart; and the
    `number` of tilings that a row stands for.
    """

    picks: Mapping[DimensionGroup, Integers]
    factors: Floats
    words: Floats
    used: Floats
    steps: Floats
    kinds: Integers
    running: Integers
    number: Integers

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def stands_for(self) -> int:
        """How many tilings the rows stand for."""
        return int(self.number.sum())

    def stood_for(self, pairs: NDArray[np.bool_], other: "Table") -> int:
        """How many combinations of tilings the pairs with another table's rows stand for."""
        if self.stands_for == len(self) and other.stands_for == len(other):
            return int(np.count_nonzero(pairs))
        return int(self.number @ (pairs @ other.number))

    @cached_property
    def low(self) -> Floats:
        """The least of each column of factors."""
        return cast(Floats, self.factors.min(axis=0))

    @cached_property
    def high(self) -> Floats:
        """The most of each column of factors."""
        return cast(Floats, self.factors.max(axis=0))

    @cached_property
    def needs(self) -> tuple[Floats, Floats]:
        """The fewest words and instances of each column."""
        return self.words.min(axis=0), self.used.min(axis=0)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Table":
        """The table of these rows."""
        return Table(
            picks={group: pick[rows] for group, pick in self.picks.items()},
            factors=self.factors[rows],
            words=self.words[rows],
            used=self.used[rows],
            steps=self.steps[rows],
            kinds=self.kinds[rows],
            running=self.running[rows],
            number=self.number[rows],
        )

    def paired(self, other: "Table", left: Integers, right: Integers) -> "Table":
        """The table of the pairs of rows `left` of this and `right` of another."""
        return Table(
            picks={group: pick[left] for group, pick in self.picks.items()}
            | {group: pick[right] for group, pick in other.picks.items()},
            factors=self.factors[left] * other.factors[right],
            words=self.words[left] * other.words[right],
            used=self.used[left] * other.used[right],
            steps=self.steps[left] * other.steps[right],
            kinds=self.kinds[left] * (1 + other.kinds.max(axis=0, initial=0)) + other.kinds[right],
            running=self.running[left] + other.running[right],
            number=self.number[left] * other.number[right],
        )


def tables(
    rows: Mapping[DimensionGroup, Combinations], columns: Columns, position: int, kinds: bool
) -> list[Table]:
    """The table of every group, small ones together. `position` is that of the MAC. The
    `kinds` of rows are told apart if that is asked for.
    """
    made = []
    for number, (group, of_group) in enumerate(rows.items()):
        steps = of_group.times("steps", position)
        none = np.zeros((len(of_group), 0), dtype=np.int64)
        factors = of_group.factors.take(columns.factors[number])
        if columns.times is not None:
            factors = factors * of_group.factors.take(columns.times[number])
        made.append(
            Table(
                picks={group: np.arange(len(of_group))},
                factors=factors.T,
                words=of_group.words,
                used=of_group.used,
                steps=of_group.factors.take(np.array([steps]))[0],
                kinds=of_group.kinds() if kinds else none,
                running=of_group.running() if kinds else none,
                number=np.ones(len(of_group), dtype=np.int64),
            )
        )
    made.sort(key=len)
    while len(made) > 2 and len(made[0]) * len(made[1]) <= SMALL:
        made = sorted([all_pairs(made[0], made[1]), *made[2:]], key=len)
    return made


def least(rows: Sequence[Combinations], columns: Columns, task: Criteria) -> float:
    """A lower bound of the value of any choice of rows."""
    low, high = columns.weights, columns.weights
    for number, group in enumerate(rows):
        for which in (columns.factors, columns.times):
            if which is not None:
                low = low * group.factors.least[which[number]]
                high = high * group.factors.most[which[number]]
    one = np.ones((1, len(low)))
    return float(task.least(one, np.minimum(low, high), np.maximum(low, high))[0])


def all_pairs(first: Table, second: Table) -> Table:
    """The table of all pairs of rows."""
    left, right = np.indices((len(first), len(second))).reshape(2, -1)
    return first.paired(second, left, right)


def pairs_within(
    first: Table,
    second: Table,
    rest: Sequence[Table],
    weights: Floats,
    task: Criteria,
    ceiling: float,
) -> Table:
    """The table of the pairs of rows that may be part of something good (`promising`)."""
    keep, _ = promising(first, second, rest, weights, task, ceiling)
    return first.paired(second, *np.nonzero(keep))


def promising(
    first: Table,
    second: Table,
    rest: Sequence[Table],
    weights: Floats,
    task: Criteria,
    ceiling: float,
) -> tuple[NDArray[np.bool_], Floats]:
    """Which pairs of rows fit and need not cost more than `ceiling`, whatever the rows of the other
    tables; and what they cost at least. Factors must not be negative.

    What a pair costs at least is one product of matrices, so few pairs are ever written down.
    """
    words = reduce(mul, (it.needs[0] for it in rest), first.words)
    used = reduce(mul, (it.needs[1] for it in rest), first.used)
    fits = task.room.pairs(words, second.words, used, second.used)
    low = reduce(mul, (it.low for it in rest), weights)
    high = reduce(mul, (it.high for it in rest), weights)
    least = task.values(first.factors * np.minimum(low, high), second.factors)
    keep: NDArray[np.bool_] = fits & (least <= ceiling)
    others = prod(other.stands_for for other in rest)
    task.tally.without_room += first.stood_for(~fits, second) * others
    task.tally.above_bound += first.stood_for(fits & ~keep, second) * others
    return keep, least


def ascending(values: Floats) -> Integers:
    """The order of the values, the same wherever sums round differently: of equal ones the first
    comes first.
    """
    finite = values[np.isfinite(values)]
    scale = abs(finite).max(initial=0) or 1
    return np.argsort(np.round(values / scale, EQUAL_DIGITS), axis=None, kind="stable")


def each_and_rest(tables: list[Table]) -> Iterator[tuple[Table, list[Table]]]:
    """Every table with the others."""
    for at, table in enumerate(tables):
        yield table, tables[:at] + tables[at + 1 :]


def bounds(table: Table, rest: Sequence[Table], weights: Floats, task: Criteria) -> Floats:
    """For each row, the least that it can cost with any rows of the other tables."""
    low = reduce(mul, (other.low for other in rest), weights)
    high = reduce(mul, (other.high for other in rest), weights)
    return task.least(table.factors, np.minimum(low, high), np.maximum(low, high))


def pruned(tables: list[Table], weights: Floats, task: Criteria, ceiling: float) -> list[Table]:
    """The tables without rows that cannot fit or must cost more than `ceiling`, until none goes."""
    changed = all(map(len, tables))
    while changed:
        changed = False
        for at in range(len(tables)):
            table, rest = tables[at], tables[:at] + tables[at + 1 :]
            words = reduce(mul, (other.needs[0] for other in rest), table.words)
            used = reduce(mul, (other.needs[1] for other in rest), table.used)
            fits = task.room.admits(words, used)
            keep = fits & (bounds(table, rest, weights, task) <= ceiling)
            if keep.all():
                continue
            changed = True
            others = prod(other.stands_for for other in rest)
            task.tally.without_room += int(table.number[~fits].sum()) * others
            task.tally.above_bound += int(table.number[fits & ~keep].sum()) * others
            tables = [*tables[:at], table.take(keep), *tables[at + 1 :]]
            if not keep.any():
                return tables
    return tables
