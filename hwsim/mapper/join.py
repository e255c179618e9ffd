"""Tables of tilings to the cheapest choice of one row of each that fits together.

Tables are pruned by what the other groups cost at least, joined pairwise, and the last two are
multiplied out in blocks.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import inf, prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers
from hwsim.mapper.kinds import Choices, kinds_of
from hwsim.mapper.room import Floats
from hwsim.mapper.table import (
    Criteria,
    Pick,
    Table,
    ascending,
    bounds,
    each_and_rest,
    pairs_within,
    promising,
    pruned,
)
from hwsim.mapper.tally import Tally

#: Rows of a block of the last product; 2000 x 2000 values are 32 MB.
BLOCK = 2000
#: Pairs from which on it is quicker to look for what can be left out than to price them all.
WORTH_PRUNING = 20_000
WORTH_PARTING = 1_000_000
#: Rows of the first table that are looked at together.
TOGETHER = 256
#: Rows of each table that seed the first incumbent.
SEEDS = 64
#: Pairs that are looked at together; more are looked at one part after the other, each bounded by
#: the best of those before it. 1 MB.
PAIRS = 1 << 17
#: Rows of a choice of kinds from which on it is worth to be searched by itself.
FEW = 50_000
#: Pairs of a block that cost little, from which on those that do not fit are left out together.
MANY_GOOD = 10_000
#: Choices of kinds each of which is searched by itself.
MOST_CHOICES = 256
#: Choices of kinds that are written down: of more, kinds are told apart at the next storage, too.
TOO_MANY = 1 << 16
#: Decimal digits in which the shapes of columns have to agree.
DIGITS = 13


def cheapest(tables: list[Table], weights: Floats, task: Criteria, best: Pick) -> Pick:
    """The least value of rows that fit together, with these rows; `best` if nothing beats it."""
    if not best.picks:
        apart = replace(task, tally=Tally())
        best = _joined(_lowest(tables, weights, task), weights, apart, best)
        task.tally.seeds += apart.tally.priced
    return _by_kind(tables, weights, task, best, 0)


def outlook(tables: list[Table], weights: Floats, task: Criteria, best: Pick) -> tuple[float, Pick]:
    """A value that no rows that fit together are below, inf if none can be good; and the best there
    is where that is the least, if that beats `best`.
    """
    apart = replace(task, tally=Tally())
    tables = pruned(tables, weights, apart, task.ceiling(best))
    if not all(map(len, tables)):
        return inf, best
    choices = _choices(tables, 0, weights, apart, best)
    if choices is None or task.watch.cut:
        return -inf, best
    if not len(choices):
        return inf, best
    first = int(choices.lowest.argmin())
    best = _by_kind(choices.tables(first), weights, apart, best, 1)
    task.tally.seeds += apart.tally.priced
    return float(choices.lowest[first]), best


def _by_kind(
    tables: list[Table], weights: Floats, task: Criteria, best: Pick, storage: int
) -> Pick:
    """The best of all rows, looked for kind by kind from a storage on inwards, where the bound is
    lowest first.
    """
    if storage == len(task.duties) or prod(map(len, tables)) < task.many:
        return _joined(tables, weights, task, best)
    tables = pruned(tables, weights, task, task.ceiling(best))
    if not all(map(len, tables)):
        return best
    apart = replace(task, tally=Tally())
    choices = _choices(tables, storage, weights, apart, best)
    if task.watch.cut:
        return best
    if choices is None:
        return _by_kind(tables, weights, task, best, storage + 1)
    if len(choices) > MOST_CHOICES or int(choices.number.sum()) < FEW * len(choices):
        together = choices.together
        task.tally.above_bound += prod(map(len, tables)) - prod(map(len, together))
        return _by_kind(together, weights, task, best, storage + 1)
    task.tally.add(apart.tally)
    for at in ascending(choices.lowest).tolist():
        if not task.watch.goes_on():
            break
        if choices.lowest[at] > task.ceiling(best):
            task.tally.above_bound += int(choices.number[at])
            continue
        best = _by_kind(choices.tables(at), weights, task, best, storage + 1)
    return best


def _choices(
    tables: list[Table], storage: int, weights: Floats, task: Criteria, best: Pick
) -> Choices | None:
    """The choices of a kind for each table that may be good, of those that this order of loops is
    to price. None: they are too many.
    """
    parts = [kinds_of(table, storage, weights) for table in tables]
    found, number = list[Choices](), 0

    def end(first: Table, second: Table, weights: Floats, task: Criteria, best: Pick) -> Pick:
        nonlocal number
        few = max(1, PAIRS // len(second))
        for start in range(0, len(first), few):
            some = first.take(np.arange(start, min(start + few, len(first))))
            keep, least = promising(some, second, [], weights, task, task.ceiling(best))
            keep = _own(some, second, keep, storage, task)
            number += int(np.count_nonzero(keep))
            if number > TOO_MANY:
                raise OverflowError
            found.append(Choices.of(parts, some, second, keep, least))
        return best

    try:
        _joined([part.table for part in parts], weights, task, best, end)
    except OverflowError:
        return None
    return Choices.stacked(parts, found)


def _own(
    first: Table, second: Table, keep: NDArray[np.bool_], storage: int, task: Criteria
) -> NDArray[np.bool_]:
    """The pairs of rows to keep that this order of loops is to price: the others cost no less in
    it than in another order, which is to price them.
    """
    for place, mine in task.duties[storage]:
        others = ~mine[np.add.outer(first.running[:, place], second.running[:, place])]
        task.tally.dominated += first.stood_for(keep & others, second)
        keep = keep & ~others
    return keep


def _lowest(tables: list[Table], weights: Floats, task: Criteria) -> list[Table]:
    """The rows with the lowest bounds: where a good mapping is likely."""
    return [
        table.take(ascending(bounds(table, rest, weights, task))[:SEEDS])
        for table, rest in each_and_rest(tables)
    ]


def _joined(
    tables: list[Table],
    weights: Floats,
    task: Criteria,
    best: Pick,
    end: Callable[[Table, Table, Floats, Criteria, Pick], Pick] | None = None,
) -> Pick:
    end = end or _multiplied
    tables = pruned(tables, weights, task, task.ceiling(best))
    if not all(map(len, tables)):
        return best
    if len(tables) == 2:
        return end(tables[0], tables[1], weights, task, best)
    first, second, *rest = sorted(tables, key=len)
    few = max(1, PAIRS // len(second))
    if len(first) > few:
        lowest_first = ascending(bounds(first, [second, *rest], weights, task))
        for start in range(0, len(first), few):
            if not task.watch.goes_on():
                break
            some = first.take(lowest_first[start : start + few])
            best = _joined([some, second, *rest], weights, task, best, end)
        return best
    pairs = pairs_within(first, second, rest, weights, task, task.ceiling(best))
    return _joined([pairs, *rest], weights, task, best, end)


def _multiplied(first: Table, second: Table, weights: Floats, task: Criteria, best: Pick) -> Pick:
    """The best pair of rows of the last two tables, an exhaustive product of all that matter."""
    second, first, task = _narrowed(second, first, weights, task)
    first = _undominated(first, second, task)
    if (first.factors >= 0).all() and len(task.starts) == 1:
        first, second, task = _narrowed(first, second, np.ones(first.factors.shape[1]), task)
        second = _undominated(second, first, task)
    if len(first) * len(second) <= WORTH_PARTING:
        return _product(first, second, task, best)
    return _parted(first, second, task, best)


def _parted(first: Table, second: Table, task: Criteria, best: Pick) -> Pick:
    """The best pair of rows, of those first whose instances fit the axes together and whose bound
    is low.
    """
    ones = np.ones(first.factors.shape[1])
    left, right = _alike(first.used), _alike(second.used)
    lowest, fits = _lowest_pairs([first.take(rows) for rows in left], second, right, task)
    sizes = np.outer([len(rows) for rows in left], [len(rows) for rows in right])
    for at in _batches(lowest.min(axis=1), np.array([len(rows) for rows in left])):
        if not task.watch.goes_on():
            break
        promising = (fits[at] & (lowest[at] <= task.ceiling(best))).any(axis=0)
        rest = sizes[at][:, ~promising]
        task.tally.above_bound += int(rest[fits[at][:, ~promising]].sum())
        task.tally.without_room += int(rest[~fits[at][:, ~promising]].sum())
        if promising.any():
            rows = np.concatenate([left[one] for one in at])
            others = np.concatenate([right[other] for other in np.flatnonzero(promising)])
            pair = [first.take(rows), second.take(others)]
            if len(rows) * len(others) > WORTH_PRUNING:
                pair = pruned(pair, ones, task, task.ceiling(best))
            best = _product(pair[0], pair[1], task, best)
    return best


def _batches(lowest: Floats, rows: Integers) -> Iterator[Integers]:
    """The classes in ascending order, some at a time: few rows are looked at as quickly as one."""
    order = ascending(lowest)
    ends = np.cumsum(rows[order]) // TOGETHER
    yield from np.split(order, np.flatnonzero(np.diff(ends)) + 1)


def _alike(used: Floats) -> list[Integers]:
    """The numbers of the rows, those of equal rows together."""
    radices = np.cumprod([1, *(used.max(axis=0) + 1)])
    _, which = np.unique(used @ radices[:-1], return_inverse=True)
    order = np.argsort(which, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which[order])) + 1)


def _narrowed(
    table: Table, other: Table, weights: Floats, task: Criteria
) -> tuple[Table, Table, Criteria]:
    """The tables with those columns made one that are multiples of each other in `table`.

    The other's are added up to match, and take up the weights: fewer columns make a cheaper
    product, and tighter bounds, as a sum is bounded instead of each of its parts.
    """
    scale = table.factors.max(axis=0)
    scale[scale == 0] = 1
    shapes = table.factors / scale
    rounded = np.round(shapes, DIGITS).T
    number: dict[tuple[int, bytes], int] = {}
    blocks = enumerate(task.blocks(len(weights)))
    which = [
        number.setdefault((block, column.tobytes()), len(number))
        for block, own in blocks
        for column in rounded[own]
    ]
    first = [which.index(column) for column in range(len(number))]
    sums = np.zeros((len(weights), len(number)))
    sums[np.arange(len(weights)), which] = weights * scale
    starts = tuple(which[start] for start in task.starts)
    return (
        replace(table, factors=shapes[:, first]),
        replace(other, factors=other.factors @ sums),
        replace(task, starts=starts),
    )


def _undominated(table: Table, other: Table, task: Criteria) -> Table:
    """The table without rows that another row beats in every column, whatever the other table's:
    with the same instances, no factor is larger, it takes no more steps, and it fits with all
    that they fit with. The other table's factors must not be negative.

    Comparing is quadratic. Of one group's rows it leaves out most; of pairs of rows seldom a third,
    and to price them all is quicker.
    """
    if len(table.picks) > 1 or (other.factors < 0).any():
        return table
    merits = [table.factors, _burdens(table, other, task), table.steps[:, None]]
    merit = np.concatenate(merits, axis=1)
    kept = []
    for alike in _alike(table.used):
        part = merit[alike]
        order = np.lexsort(part.T)
        rows = part[order]
        beaten = np.zeros(len(rows), dtype=bool)
        for at in range(len(rows)):
            if at % BLOCK == 0 and not task.watch.goes_on():
                break
            if not beaten[at]:
                beaten[at + 1 :] |= (rows[at] <= rows[at + 1 :]).all(axis=1)
        kept.append(alike[order[~beaten]])
    left = np.sort(np.concatenate(kept))
    task.tally.dominated += (len(table) - len(left)) * len(other)
    return table.take(left)


def _burdens(table: Table, other: Table, task: Criteria) -> Floats:
    """For each row how much it leaves the other table of each capacity, less being more: the
    number of the other's sizes that do not fit beside it, or where tensors share, its words.
    """
    burdens = [np.zeros((len(table), 0))]
    room = task.room
    for part, capacity, scale in zip(room.parts, room.capacities, room.scales, strict=True):
        words, others = table.words[:, part], other.words[:, part]
        if words.max(axis=0) * others.max(axis=0) @ scale <= capacity:
            continue
        sizes = np.unique(others)
        fitting = np.searchsorted(sizes, capacity / words, side="right")
        burdens.append((len(sizes) - fitting).astype(float) if len(part) == 1 else words)
    return np.concatenate(burdens, axis=1)


def _lowest_pairs(
    left: list[Table], second: Table, right: list[Integers], task: Criteria
) -> tuple[Floats, NDArray[np.bool_]]:
    """For tables and parts of another, a lower bound of every pair of their rows, inf where no pair
    fits; and whether any may.
    """
    starts = np.cumsum([0, *map(len, right[:-1])])
    rows = np.concatenate(right)
    low, high = (of.reduceat(second.factors[rows], starts) for of in (np.minimum, np.maximum))
    words = np.minimum.reduceat(second.words[rows], starts)
    used = second.used[rows[starts]]
    lowest, fits = [], []
    for table in left:
        fit = task.room.admits(words * table.needs[0], used * table.used[0])
        ends = [side * end for side in (low, high) for end in (table.low, table.high)]
        products = np.minimum.reduce(ends)
        one = np.ones(products.shape[1])
        fits.append(fit)
        lowest.append(np.where(fit, task.least(products, one, one), np.inf))
    return np.array(lowest), np.array(fits)


def _product(first: Table, second: Table, task: Criteria, best: Pick) -> Pick:
    """The best pair of rows, from all values of a block at once."""
    for start, other in product(range(0, len(first), BLOCK), range(0, len(second), BLOCK)):
        if not task.watch.goes_on():
            break
        rows, columns = slice(start, start + BLOCK), slice(other, other + BLOCK)
        task.tally.priced += len(first.steps[rows]) * len(second.steps[columns])
        values = task.values(first.factors[rows], second.factors[columns])
        good = values <= task.ceiling(best)
        number = np.count_nonzero(good)
        if number > MANY_GOOD:
            words = first.words[rows], second.words[columns]
            good &= task.room.pairs(*words, first.used[rows], second.used[columns])
        if not number:
            continue
        left, right = np.nonzero(good)
        order = ascending(values[left, right])
        pairs = left[order] + start, right[order] + other
        best = _best_fit(first, second, pairs, values[left, right][order], task, best)
    return best


def _best_fit(
    first: Table,
    second: Table,
    pairs: tuple[Integers, Integers],
    values: Floats,
    task: Criteria,
    best: Pick,
) -> Pick:
    """The best of pairs in order of their values, and of `best`."""
    for start in range(0, len(values), BLOCK):
        if values[start] > task.ceiling(best):
            break
        left, right = (rows[start : start + BLOCK] for rows in pairs)
        words, used = first.words[left] * second.words[right], first.used[left] * second.used[right]
        for at in np.flatnonzero(task.room.admits(words, used)).tolist():
            if values[start + at] > task.ceiling(best):
                break
            choice = Pick(
                value=float(values[start + at]),
                steps=float(first.steps[left[at]] * second.steps[right[at]]),
                picks={
                    group: int(pick[row])
                    for table, row in ((first, left[at]), (second, right[at]))
                    for group, pick in table.picks.items()
                },
            )
            best = choice if task.better(choice, best) else best
    task.watch.found(best.value)
    return best
