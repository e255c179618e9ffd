"""Shares of weights, or of units of them, to whole numbers."""

from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

#: What a product of floats may miss an integer by.
ROUNDING: Final = 1e-6


def count_of(kept: int | float, weights: int) -> int:
    """How many of so many weights are kept, from their number or their share.

    >>> count_of(7, 10), count_of(0.25, 10), count_of(0.01, 10), count_of(0.0, 10)
    (7, 2, 1, 0)
    """
    if not 0 <= kept <= (1 if isinstance(kept, float) else weights):
        raise ValueError(
            f"{kept!r} of {weights} weights cannot be kept: say a share from 0.0 to 1.0, or an"
            f" integer from 0 to {weights}"
        )
    if isinstance(kept, int):
        return kept
    return max(floor(kept * weights + ROUNDING), 1 if kept else 0)


def rounded_down(densities: Vector, weights: int) -> Vector:
    """The densities rounded down to whole numbers of so many weights, each once, and none of 0.

    >>> rounded_down(np.array([0.01, 0.6, 0.65, 1.0]), 8).tolist()
    [0.125, 0.5, 0.625, 1.0]
    """
    counts = np.maximum(np.floor(densities * weights + ROUNDING), 1)
    return np.asarray(np.unique(counts) / weights)
