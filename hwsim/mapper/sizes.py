"""The tile sizes that may enclose a tile within an extent, by what is declared, and their number.

Each of the three spaces is a part of the next:

* `divisors`: a tile divides the tile around it, and the extent. No tile is partial.
* `balanced`: a whole multiple of the tile inside it, or the whole extent; the multiple is balanced,
  the least that gets along with its number of steps.
* `any`: every size.

An extent may be as large as a fully connected layer of a large image makes it: what is too long to
be written down is worked out when it is asked for.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd, isqrt
from typing import overload

from hwsim.vocabulary import Tiles

#: The tiles that may enclose a tile within an extent: from (extent, tile), ascending.
TileSizes = Callable[[int, int], Sequence[int]]
#: Sizes from which on they are not written down.
MANY = 1 << 12
#: A number below 3.3e24 that is prime to all of these bases is prime (Sorenson and Webster, 2015).
BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


@cache
def balanced(extent: int, tile: int) -> Sequence[int]:
    """Every ceil(blocks / steps) of the blocks of the tile's size: the least of each number of
    steps.

    >>> balanced(13, 1), balanced(13, 3)
    ((1, 2, 3, 4, 5, 7, 13), (3, 6, 9, 13))
    """
    sizes = Balanced(extent=extent, tile=tile)
    return sizes if len(sizes) > MANY else tuple(sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced(Sequence[int]):
    """The balanced sizes, the first `end` of them, each made when it is asked for.

    ceil(blocks / steps) is 1 + (blocks - 1) // steps, and a quotient is either no more than the
    root of what is divided, or it is that of a divisor that is.
    """

    extent: int
    tile: int
    end: int | None = None

    def __len__(self) -> int:
        whole = 1 + 2 * self._root - self._meet
        return whole if self.end is None else min(self.end, whole)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        if isinstance(at, slice):
            start, end, step = at.indices(len(self))
            if (start, step) == (0, 1):
                return Balanced(extent=self.extent, tile=self.tile, end=end)
            return tuple(self[number] for number in range(start, end, step))
        at = range(len(self))[at]
        quotient = at if at <= self._root else self._last // (2 * self._root + 1 - self._meet - at)
        return min(self.extent, self.tile * (quotient + 1))

    @property
    def _last(self) -> int:
        return -(-self.extent // self.tile) - 1

    @property
    def _root(self) -> int:
        return isqrt(self._last)

    @property
    def _meet(self) -> bool:
        """Whether the root is its own quotient."""
        return self._root > 0 and self._last // self._root == self._root


@cache
def divisors(extent: int, tile: int) -> tuple[int, ...]:
    """The multiples of the tile that divide the extent.

    >>> divisors(12, 2)
    (2, 4, 6, 12)
    """
    if extent % tile:
        return ()
    products = {tile}
    for prime in primes(extent // tile):
        products |= {size * prime for size in products}
    return tuple(sorted(products))


def every(extent: int, tile: int) -> range:
    """Every size from the tile's on."""
    return range(tile, extent + 1)


SIZES_OF: Mapping[Tiles, TileSizes] = {
    Tiles.divisors: divisors,
    Tiles.balanced: balanced,
    Tiles.any: every,
}


@cache
def sparse(tiles: Tiles, bits: int = 1) -> TileSizes:
    """Of these sizes the first from each power of two of so many bits times the tile on, and the
    largest.
    """

    @cache
    def few(extent: int, tile: int) -> tuple[int, ...]:
        sizes = SIZES_OF[tiles](extent, tile)
        powers = [tile << power for power in range(0, (extent // tile).bit_length(), bits)]
        first = {bisect_left(sizes, power) for power in powers} | {len(sizes) - 1}
        return tuple(sizes[at] for at in sorted(first) if 0 <= at < len(sizes))

    return few


# --- Divisors of large numbers ---------------------------------------------------------------


def primes(number: int) -> list[int]:
    """The prime factors of a number, each as often as it divides it.

    >>> primes(360), primes(1_000_003 * 999_983)
    ([2, 2, 2, 3, 3, 5], [999983, 1000003])
    """
    if number == 1:
        return []
    if _is_prime(number):
        return [number]
    factor = _factor(number)
    return sorted(primes(factor) + primes(number // factor))


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test, for all bases that it takes."""
    if number in BASES:
        return True
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    return all(_passes(number, base, twos) for base in BASES)


def _passes(number: int, base: int, twos: int) -> bool:
    power = pow(base, (number - 1) >> twos, number)
    if power in (1, number - 1):
        return True
    return any((power := power * power % number) == number - 1 for _ in range(twos - 1))


def _factor(number: int) -> int:
    """A factor of a number that is not prime, by Pollard's rho."""
    for step in range(1, number):
        slow = fast = 2
        factor = 1
        while factor == 1:
            slow = (slow * slow + step) % number
            fast = (fast * fast + step) % number
            fast = (fast * fast + step) % number
            factor = gcd(slow - fast, number)
        if factor != number:
            return factor
    return 2
