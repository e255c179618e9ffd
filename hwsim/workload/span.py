"""How many distinct indices an affine expression takes over a box of its dimensions."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from math import gcd
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A number, or one for each of many boxes.
Extent = TypeVar("Extent", int, "NDArray[np.int64]")


def distinct(terms: tuple[tuple[str, int], ...], extents: Mapping[str, Extent]) -> Extent:
    """Distinct values of a rank's index while each of its dimensions runs over its extent.

    With strides U, D over p, r: of the p * r pairs, (p, r) and (p + D/g, r - U/g) with
    g = gcd(U, D) name the same index, so (p - D/g)+ (r - U/g)+ pairs repeat another one.

    >>> distinct((("P", 1), ("R", 1)), {"P": 13, "R": 3})
    15
    >>> distinct((("P", 4), ("R", 1)), {"P": 2, "R": 3})
    6
    """
    if len(terms) == 1:
        return extents[terms[0][0]]
    (outer, stride), (inner, dilation) = terms
    divisor = gcd(stride, dilation)
    again_outer = _positive(extents[outer] - dilation // divisor)
    again_inner = _positive(extents[inner] - stride // divisor)
    return extents[outer] * extents[inner] - again_outer * again_inner


def _positive(number: Extent) -> Extent:
    """The number where it is positive, else 0."""
    return (number + abs(number)) // 2


@lru_cache(maxsize=1 << 12)
def touches_within(
    terms: tuple[tuple[str, int], ...], bounds: tuple[int, ...], before: int, length: int
) -> tuple[int, int]:
    """How many iterations touch an index from `before` on, of so many, and how many such indices
    are touched.

    >>> touches_within((("P", 1), ("R", 1)), (4, 3), 1, 4)
    (10, 4)
    """
    steps = (
        range(0, factor * bound, factor) for (_, factor), bound in zip(terms, bounds, strict=True)
    )
    touched = [index for index in map(sum, product(*steps)) if before <= index < before + length]
    return len(touched), len(set(touched))
