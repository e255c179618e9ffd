"""Two dimensions that slide along one rank of a tensor: which indices are new when a loop moves on.

Along a rank indexed by U p + D r a tile is the set of indices that its box of p and r touches.
Tiles of consecutive moves, and those of neighbouring instances, overlap. A *move* of one dimension
is what its instances hold after and before a loop moves on; moves that differ only by a shift are
alike, so few have to be looked at.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from hwsim.accesses.moves import Move, Often

#: Indices of a rank: new to the parent's read, kept by all, new to the instances, kept by them.
Overlap = tuple[int, int, int, int]


def changed(outer: Often, inner: Often, stride: int, dilation: int) -> Overlap:
    """Return the sums of `Overlap` over every move of the one with every move of the other."""
    total = [0, 0, 0, 0]
    for (first, often), (second, times) in product(outer.items(), inner.items()):
        for index, value in enumerate(_change(first, second, stride, dilation)):
            total[index] += often * times * value
    return total[0], total[1], total[2], total[3]


@lru_cache(maxsize=1 << 18)
def _change(outer: Move, inner: Move, stride: int, dilation: int) -> Overlap:
    """What one move of both dimensions changes, for all instances below one parent."""
    union = fresh = arrivals = kept = 0
    for now, before in _instances(outer, inner, stride, dilation):
        union |= now
        fresh |= now & ~before
        arrivals += now.bit_count()
        kept += (now & before).bit_count()
    return union.bit_count(), union.bit_count() - fresh.bit_count(), arrivals, kept


@lru_cache(maxsize=1 << 12)
def changes_of_each(
    outer: Move, inner: Move, stride: int, dilation: int
) -> tuple[tuple[int, int], ...]:
    """Return the indices that each instance below one parent has after the move, and those of them
    that it had before.
    """
    return tuple(
        (now.bit_count(), (now & before).bit_count())
        for now, before in _instances(outer, inner, stride, dilation)
    )


def change_of_all(outer: Move, inner: Move, stride: int, dilation: int) -> tuple[int, int]:
    """Return the indices that all instances have together after the move, and those of them that
    each instance that has them had before.
    """
    union, kept, _, _ = _change(outer, inner, stride, dilation)
    return union, kept


def _instances(outer: Move, inner: Move, stride: int, dilation: int) -> Iterator[tuple[int, int]]:
    """Yield the indices of each instance below one parent, after and before a move."""
    for (p, np_, q, nq), (r, nr, s, ns) in product(outer, inner):
        yield (
            _indices(p, np_, r, nr, stride, dilation),
            _indices(q, nq, s, ns, stride, dilation),
        )


def _indices(p: int, np_: int, r: int, nr: int, stride: int, dilation: int) -> int:
    """The set {stride p' + dilation r'} of a box of p' and r', as the bits of an integer."""
    if not np_ or not nr:
        return 0
    return _spaced(_spaced(1, np_, stride), nr, dilation) << stride * p + dilation * r


def _spaced(bits: int, number: int, apart: int) -> int:
    """So many copies of the bits in one, each shifted by `apart` from the one before."""
    copies = 1
    while copies < number:
        more = min(copies, number - copies)
        bits |= bits << more * apart
        copies += more
    return bits
