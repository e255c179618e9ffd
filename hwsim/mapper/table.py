"""Tables of tilings, and the cheapest choice of one row of each that fits together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers
from hwsim.mapper.room import Floats, Room
from hwsim.mapper.rows import Rows
from hwsim.mapper.terms import Column, Group

#: Rows of a block of the last product; 2000 x 2000 energies are 32 MB.
BLOCK = 2000
#: Rows of each table that seed the first incumbent.
SEEDS = 64
#: Rows of each table of a first try.
TRIES = 12
#: Sums in another order round differently: energies that agree in this many digits are equal,
EQUAL_DIGITS = 12
#: and so are, whatever their digits, those closer than this share.
EQUAL = 3e-12
#: Decimal digits in which the shapes of columns have to agree.
DIGITS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An energy, the steps it takes, and for each group the number of its tiling.

    Of equal energies the one of fewer steps is better.
    """

    energy: float
    steps: float
    picks: Mapping[Group, int]

    @property
    def ceiling(self) -> float:
        """The most that something better can cost."""
        return self.energy + abs(self.energy) * EQUAL

    def beats(self, other: "Choice") -> bool:
        """Whether this is better than `other`."""
        if self.energy > other.ceiling:
            return False
        return self.ceiling < other.energy or self.steps < other.steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of tilings of some groups: `picks[group]` are the tilings' numbers.

    `factors` of the energy (rows, columns), `words` of each tensor in each storage, `used`
    instances on each axis, `steps` in time.
    """

    picks: Mapping[Group, Integers]
    factors: Floats
    words: Floats
    used: Floats
    steps: Floats

    def __len__(self) -> int:
        return len(self.factors)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Table":
        """The table of these rows."""
        return Table(
            picks={group: pick[rows] for group, pick in self.picks.items()},
            factors=self.factors[rows],
            words=self.words[rows],
            used=self.used[rows],
            steps=self.steps[rows],
        )


def table(group: Group, rows: Rows, columns: Sequence[Column]) -> Table:
    """The rows of one group with their factors of the energy."""
    factors = np.array([column.factors[group] for column in columns], dtype=np.float64).T
    return Table(
        picks={group: np.arange(len(rows))},
        factors=factors.reshape(len(rows), len(columns)),
        words=rows.words,
        used=rows.used,
        steps=rows.steps,
    )


def cheapest(tables: list[Table], weight: Floats, room: Room, best: Choice) -> Choice:
    """The least weighted sum of products that fits, with its rows; `best` if nothing beats it."""
    seeds = [_lowest(table, rest, weight) for table, rest in _each_and_rest(tables)]
    for attempt in (seeds, tables):
        best = _join(attempt, weight, room, best)
    return best


def first_try(tables: list[Table], weight: Floats, room: Room) -> Choice:
    """A good choice from few rows of each table: those of the lowest bounds, and the smallest."""
    few = [
        table.take(
            np.unique(
                [
                    *ascending(_bounds(table, rest, weight))[:TRIES],
                    *ascending(table.words.sum(axis=1))[:1],
                ]
            )
        )
        for table, rest in _each_and_rest(tables)
    ]
    return _join(few, weight, room, Choice(energy=np.inf, steps=np.inf, picks={}))


def descend(tables: list[Table], weight: Floats, room: Room, best: Choice) -> Choice:
    """The choice that no change of the rows of two tables betters, from `best` downwards."""
    while True:
        before = best
        for pair in combinations(range(len(tables)), 2):
            some = [
                table if at in pair else table.take(_picked(table, best))
                for at, table in enumerate(tables)
            ]
            best = _join(some, weight, room, best)
        if best is before:
            return best


def _picked(table: Table, choice: Choice) -> NDArray[np.bool_]:
    """The row that the choice takes."""
    ((group, pick),) = table.picks.items()
    picked: NDArray[np.bool_] = pick == choice.picks[group]
    return picked


def _lowest(table: Table, rest: Sequence[Table], weight: Floats) -> Table:
    """The rows with the lowest bounds: where a good mapping is likely."""
    return table.take(ascending(_bounds(table, rest, weight))[:SEEDS])


def ascending(energies: Floats) -> Integers:
    """The order of the energies, the same wherever sums round differently: of equal ones the first
    comes first.
    """
    finite = energies[np.isfinite(energies)]
    scale = abs(finite).max(initial=0) or 1
    return np.argsort(np.round(energies / scale, EQUAL_DIGITS), axis=None, kind="stable")


def _join(tables: list[Table], weight: Floats, room: Room, best: Choice) -> Choice:
    tables = _pruned(tables, weight, room, best.ceiling)
    while len(tables) > 2 and all(map(len, tables)):
        tables = sorted(tables, key=len)
        tables = [_paired(tables[0], tables[1], room), *tables[2:]]
        tables = _pruned(tables, weight, room, best.ceiling)
    if not all(map(len, tables)):
        return best
    return _multiplied(tables[0], tables[1], weight, room, best)


def least(tables: Sequence[Table], weight: Floats) -> float:
    """A lower bound of the weighted sum of products of any rows."""
    return float(_interval(tables, weight)[0].sum())


def _each_and_rest(tables: list[Table]) -> Iterator[tuple[Table, list[Table]]]:
    for at, table in enumerate(tables):
        yield table, tables[:at] + tables[at + 1 :]


def _interval(rest: Sequence[Table], weight: Floats) -> tuple[Floats, Floats]:
    """The least and the most of each column's weighted product over the other tables."""
    low = prod((other.factors.min(axis=0) for other in rest), start=weight)
    high = prod((other.factors.max(axis=0) for other in rest), start=weight)
    return np.minimum(low, high), np.maximum(low, high)


def _bounds(table: Table, rest: Sequence[Table], weight: Floats) -> Floats:
    """For each row, the least that it can cost with any rows of the other tables."""
    low, high = _interval(rest, weight)
    bounds: Floats = table.factors.clip(min=0) @ low + table.factors.clip(max=0) @ high
    return bounds


def _pruned(tables: list[Table], weight: Floats, room: Room, ceiling: float) -> list[Table]:
    """The tables without rows that cannot fit or must cost more than `ceiling`, until none goes."""
    while all(map(len, tables)):
        before = sum(map(len, tables))
        for at, table in enumerate(tables):
            rest = tables[:at] + tables[at + 1 :]
            words = prod((other.words.min(axis=0) for other in rest), start=table.words)
            used = prod((other.used.min(axis=0) for other in rest), start=table.used)
            keep = room.admits(words, used) & (_bounds(table, rest, weight) <= ceiling)
            tables[at] = table.take(keep)
            if not len(tables[at]):
                return tables
        if sum(map(len, tables)) == before:
            return tables
    return tables


def _paired(first: Table, second: Table, room: Room) -> Table:
    """All pairs of rows that fit as far as these groups go."""
    left, right = (index.reshape(-1) for index in np.indices((len(first), len(second))))
    words, used = first.words[left] * second.words[right], first.used[left] * second.used[right]
    fits = room.admits(words, used)
    left, right = left[fits], right[fits]
    return Table(
        picks={group: pick[left] for group, pick in first.picks.items()}
        | {group: pick[right] for group, pick in second.picks.items()},
        factors=first.factors[left] * second.factors[right],
        words=words[fits],
        used=used[fits],
        steps=first.steps[left] * second.steps[right],
    )


def _multiplied(first: Table, second: Table, weight: Floats, room: Room, best: Choice) -> Choice:
    """The best pair of rows of the last two tables: an exhaustive product of all whose instances
    fit the axes together, those with the lowest bound first.
    """
    second, first = _narrowed(second, first, weight)
    first = _undominated(first, second, room)
    if (first.factors >= 0).all():
        first, second = _narrowed(first, second, np.ones(first.factors.shape[1]))
        second = _undominated(second, first, room)
    one = np.ones(first.factors.shape[1])
    left, right = _by_instances(first), _by_instances(second)
    bounds = np.array([_least(table, second, right, room) for table in left])
    for index in ascending(bounds).tolist():
        row, column = divmod(index, len(right))
        if bounds[row, column] > best.ceiling:
            break
        pair = _pruned([left[row], right[column]], one, room, best.ceiling)
        if all(map(len, pair)):
            best = _product(pair[0], pair[1], room, best)
    return best


def _by_instances(table: Table) -> list[Table]:
    """The table taken apart into rows that need the same instances on every axis."""
    radices = np.cumprod([1, *(table.used.max(axis=0) + 1)])
    _, which = np.unique(table.used @ radices[:-1], return_inverse=True)
    order = np.argsort(which, kind="stable")
    cuts = np.flatnonzero(np.diff(which[order])) + 1
    return [table.take(rows) for rows in np.split(order, cuts)]


def _narrowed(table: Table, other: Table, weight: Floats) -> tuple[Table, Table]:
    """The tables with those columns made one that are multiples of each other in `table`.

    The other's are added up to match, and take up the weights: fewer columns make a cheaper
    product, and tighter bounds, as a sum is bounded instead of each of its parts.
    """
    scale = table.factors.max(axis=0)
    scale[scale == 0] = 1
    shapes = table.factors / scale
    rounded = np.round(shapes, DIGITS).T
    number: dict[bytes, int] = {}
    which = [number.setdefault(column.tobytes(), len(number)) for column in rounded]
    first = [which.index(column) for column in range(len(number))]
    sums = np.zeros((len(weight), len(number)))
    sums[np.arange(len(weight)), which] = weight * scale
    return replace(table, factors=shapes[:, first]), replace(other, factors=other.factors @ sums)


def _undominated(table: Table, other: Table, room: Room) -> Table:
    """The table without rows that another row beats in every column, whatever the other table's:
    with the same instances, no factor is larger, it takes no more steps, and it fits with all
    that they fit with. The other table's factors must not be negative.
    """
    merits = [table.factors, _burdens(table, other, room), table.steps[:, None]]
    merit = np.concatenate(merits, axis=1)
    kept = []
    for part in _by_instances(replace(table, factors=merit, picks={(): np.arange(len(table))})):
        order = np.lexsort(part.factors.T)
        rows = part.factors[order]
        beaten = np.zeros(len(rows), dtype=bool)
        for at in range(len(rows)):
            if not beaten[at]:
                beaten[at + 1 :] |= (rows[at] <= rows[at + 1 :]).all(axis=1)
        kept.append(part.picks[()][order[~beaten]])
    return table.take(np.sort(np.concatenate(kept)))


def _burdens(table: Table, other: Table, room: Room) -> Floats:
    """For each row how much it leaves the other table of each capacity, less being more: the
    number of the other's sizes that do not fit beside it, or where tensors share, its words.
    """
    burdens = [np.zeros((len(table), 0))]
    for part, capacity in zip(room.parts, room.capacities, strict=True):
        words, others = table.words[:, part], other.words[:, part]
        if (words.max(axis=0) * others.max(axis=0)).sum() <= capacity:
            continue
        sizes = np.unique(others)
        fitting = np.searchsorted(sizes, capacity / words, side="right")
        burdens.append((len(sizes) - fitting).astype(float) if len(part) == 1 else words)
    return np.concatenate(burdens, axis=1)


def _least(table: Table, second: Table, others: list[Table], room: Room) -> Floats:
    """A lower bound of every pair of rows of a table and each other; inf where no pair fits."""
    starts = np.cumsum([0, *map(len, others[:-1])])
    factors = np.concatenate([other.factors for other in others])
    extremes = np.minimum.reduceat(factors, starts), np.maximum.reduceat(factors, starts)
    sides = table.factors.min(axis=0), table.factors.max(axis=0)
    least = np.minimum.reduce([one * side for one in extremes for side in sides])
    words = np.minimum.reduceat(np.concatenate([other.words for other in others]), starts)
    used = np.array([other.used[0] for other in others])
    fits = room.admits(words * table.words.min(axis=0), used * table.used[0])
    return np.where(fits, least.sum(axis=1), np.inf)


def _product(first: Table, second: Table, room: Room, best: Choice) -> Choice:
    """The best pair of rows, from all energies of a block at once."""
    for start, other in product(range(0, len(first), BLOCK), range(0, len(second), BLOCK)):
        energies = first.factors[start : start + BLOCK] @ second.factors[other : other + BLOCK].T
        left, right = np.nonzero(energies <= best.ceiling)
        order = ascending(energies[left, right])
        pairs = left[order] + start, right[order] + other
        best = _best_fit(first, second, pairs, energies[left, right][order], room, best)
    return best


def _best_fit(
    first: Table,
    second: Table,
    pairs: tuple[Integers, Integers],
    energies: Floats,
    room: Room,
    best: Choice,
) -> Choice:
    """The best of pairs in order of their energies, and of `best`."""
    for start in range(0, len(energies), BLOCK):
        if energies[start] > best.ceiling:
            break
        left, right = (rows[start : start + BLOCK] for rows in pairs)
        words, used = first.words[left] * second.words[right], first.used[left] * second.used[right]
        for at in np.flatnonzero(room.admits(words, used)).tolist():
            choice = Choice(
                energy=float(energies[start + at]),
                steps=float(first.steps[left[at]] * second.steps[right[at]]),
                picks={
                    group: int(pick[row])
                    for table, row in ((first, left[at]), (second, right[at]))
                    for group, pick in table.picks.items()
                },
            )
            if choice.energy > best.ceiling:
                break
            best = choice if choice.beats(best) else best
    return best
