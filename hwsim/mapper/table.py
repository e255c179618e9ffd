"""Tables of tilings, and the cheapest choice of one row of each that fits together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers
from hwsim.mapper.room import Room
from hwsim.mapper.terms import Floats, Group

#: Rows of a block of the last product; 2000 x 2000 energies are 32 MB.
BLOCK = 2000
#: Rows of each table that seed the first incumbent.
SEEDS = 64
#: Energies closer than this share are taken for equal: products in another order round differently.
EQUAL = 1e-12

#: An energy, and for each group the number of its tiling.
Choice = tuple[float, dict[Group, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of tilings of some groups: `picks[group]` are the tilings' numbers.

    `factors` of the energy (rows, columns), `words` of each tensor in each storage, `used`
    instances on each axis.
    """

    picks: Mapping[Group, Integers]
    factors: Floats
    words: Floats
    used: Floats

    def __len__(self) -> int:
        return len(self.factors)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Table":
        """The table of these rows."""
        return Table(
            picks={group: pick[rows] for group, pick in self.picks.items()},
            factors=self.factors[rows],
            words=self.words[rows],
            used=self.used[rows],
        )


def cheapest(tables: list[Table], weight: Floats, room: Room, below: float) -> Choice | None:
    """The least weighted sum of products that fits and is less than `below`, with its rows."""
    best: Choice | None = None
    seeds = [_lowest(table, rest, weight) for table, rest in _each_and_rest(tables)]
    for attempt in (seeds, tables):
        found = _join(attempt, weight, room, below)
        if found:
            best, below = found, found[0]
    return best


def _lowest(table: Table, rest: Sequence[Table], weight: Floats) -> Table:
    """The rows with the lowest bounds: where a good mapping is likely."""
    return table.take(np.argsort(_bounds(table, rest, weight), kind="stable")[:SEEDS])


def _join(
    tables: list[Table], weight: Floats, room: Room, below: float
) -> Choice | None:
    tables = _pruned(tables, weight, room, below)
    while len(tables) > 2 and all(map(len, tables)):
        tables = sorted(tables, key=len)
        tables = _pruned([_paired(tables[0], tables[1], room), *tables[2:]], weight, room, below)
    if not all(map(len, tables)):
        return None
    return _multiplied(tables[0], tables[1], weight, room, below)


def _each_and_rest(tables: list[Table]) -> Iterator[tuple[Table, list[Table]]]:
    for at, table in enumerate(tables):
        yield table, tables[:at] + tables[at + 1 :]


def _bounds(table: Table, rest: Sequence[Table], weight: Floats) -> Floats:
    """For each row, the least that it can cost with any rows of the other tables."""
    return table.factors @ prod((_extreme(other, weight) for other in rest), start=weight)


def _pruned(tables: list[Table], weight: Floats, room: Room, below: float) -> list[Table]:
    """The tables without rows that cannot fit or cannot cost less than `below`, until none goes."""
    while all(map(len, tables)):
        before = sum(map(len, tables))
        for at, table in enumerate(tables):
            rest = tables[:at] + tables[at + 1 :]
            words = prod((other.words.min(axis=0) for other in rest), start=table.words)
            used = prod((other.used.min(axis=0) for other in rest), start=table.used)
            keep = room.admits(words, used) & (_bounds(table, rest, weight) < below)
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
    )


def _multiplied(
    first: Table, second: Table, weight: Floats, room: Room, below: float
) -> Choice | None:
    """The best pair of rows of the last two tables: an exhaustive product of all whose instances
    fit the axes together, those with the lowest bound first.
    """
    best: Choice | None = None
    left, right = _by_instances(first), _by_instances(second)
    bounds = _least(left, weight) * weight @ _least(right, weight).T
    for index in np.argsort(bounds, axis=None, kind="stable").tolist():
        row, column = divmod(index, len(right))
        if bounds[row, column] >= below:
            break
        pair = _pruned([left[row], right[column]], weight, room, below)
        found = _product(pair[0], pair[1], weight, room, below) if all(map(len, pair)) else None
        if found:
            best, below = found, found[0]
    return best


def _by_instances(table: Table) -> list[Table]:
    """The table taken apart into rows that need the same instances on every axis."""
    _, which = np.unique(table.used, axis=0, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    cuts = np.flatnonzero(np.diff(which[order])) + 1
    return [table.take(rows) for rows in np.split(order, cuts)]


def _least(tables: list[Table], weight: Floats) -> Floats:
    """For each table the least of each factor, or the most where it lowers the energy."""
    return np.array([_extreme(table, weight) for table in tables])


def _extreme(table: Table, weight: Floats) -> Floats:
    extreme: Floats = np.where(
        weight >= 0, table.factors.min(axis=0), table.factors.max(axis=0)
    )
    return extreme


def _product(
    first: Table, second: Table, weight: Floats, room: Room, below: float
) -> Choice | None:
    """The best pair of rows, from all energies of a block at once."""
    best: Choice | None = None
    weighted = first.factors * weight
    for start, other in product(range(0, len(first), BLOCK), range(0, len(second), BLOCK)):
        energies = weighted[start : start + BLOCK] @ second.factors[other : other + BLOCK].T
        left, right = np.nonzero(energies < below * (1 - EQUAL))
        order = np.argsort(energies[left, right], kind="stable")
        left, right = left[order], right[order]
        hit = _first_fit(first, second, left + start, right + other, room)
        if hit is not None:
            below = float(energies[left[hit], right[hit]])
            rows = ((first, int(left[hit]) + start), (second, int(right[hit]) + other))
            best = below, {
                group: int(pick[row]) for table, row in rows for group, pick in table.picks.items()
            }
    return best


def _first_fit(
    first: Table, second: Table, left: Integers, right: Integers, room: Room
) -> int | None:
    """The first pair that fits, if any."""
    for start in range(0, len(left), BLOCK):
        pairs = slice(start, start + BLOCK)
        fits = room.admits(
            first.words[left[pairs]] * second.words[right[pairs]],
            first.used[left[pairs]] * second.used[right[pairs]],
        )
        if fits.any():
            return start + int(fits.argmax())
    return None
