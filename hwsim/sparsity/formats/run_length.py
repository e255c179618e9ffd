"""The format `run_length`, and how many of its pairs stand for zeros only."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, log
from typing import TYPE_CHECKING

from hwsim.sparsity.formats.format import Format, Stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUN_BITS = 5
#: Zeros before the value of a pair.
LONGEST = (1 << RUN_BITS) - 1
#: Pairs of a block.
PAIRS = 3


class RunLength(Format):
    """Pairs of a run of up to 31 zeros and the value after it, three of them and a flag in a block:
    64 bits, if values have 16, as on Eyeriss (JSSC 2017, section V-E).
    """

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """A pair for each nonzero, and those whose value is one more zero of a long run."""
        zeros = stream.zero_pairs
        pairs = stream.nonzeros + (
            _between(stream.words, stream.nonzeros, expected_zero_pairs) if zeros is None else zeros
        )
        return pairs * Fraction(PAIRS * (RUN_BITS + value_bits) + 1, PAIRS)


def zero_pairs(nonzero: "NDArray[np.bool_]") -> int:
    """The pairs of a run-length code of a stream that stand for zeros only.

    One is filled by 32 zeros of the same run; at the end, fewer will do.

    >>> import numpy
    >>> zero_pairs(numpy.array([False] * 32 + [True]))
    1
    """
    import numpy as np

    (places,) = np.nonzero(nonzero)
    runs = np.diff(places, prepend=-1) - 1
    at_end = len(nonzero) - (int(places[-1]) + 1 if len(places) else 0)
    return int((runs // (LONGEST + 1)).sum()) + -(-at_end // (LONGEST + 1))


@lru_cache(maxsize=1 << 12)
def expected_zero_pairs(words: int, nonzeros: int) -> Fraction:
    """Their expected number, if so many nonzeros lie anywhere among the words.

    With P(L) = (z choose L) / (n choose L), the probability that L given words are zeros: a pair
    ends 32 k words after a nonzero, or after the start, if these are zeros and no more; one ends
    the stream if the zeros there are not a multiple of 32.
    """
    zeros = words - nonzeros
    pair = LONGEST + 1
    if not zeros or not nonzeros:
        return Fraction(-(-zeros // pair))
    import numpy as np

    all_zero = np.exp(_log_all_zero(words, zeros))
    lengths = np.arange(pair, len(all_zero) - 1, pair)
    inside = (words - lengths) * (all_zero[lengths] - all_zero[lengths + 1])
    exactly = all_zero[:-1] - all_zero[1:]
    exactly[::pair] = 0
    return Fraction(float(inside.sum() + all_zero[lengths].sum() + exactly[1:].sum()))


def _log_all_zero(words: int, zeros: int) -> "NDArray[np.float64]":
    """The logarithm of P(L) for L from 0 on, to where it is nothing beside the number of words."""
    import numpy as np

    negligible = 60 + log(words)
    ratio = log(zeros / words) if zeros < words else 0.0
    longest = zeros if ratio == 0 else min(zeros, ceil(-negligible / ratio) + LONGEST + 2)
    taken = np.arange(longest, dtype=float)
    with np.errstate(divide="ignore"):
        steps = np.log((zeros - taken) / (words - taken))
    return np.concatenate([[0.0], np.cumsum(steps), [-np.inf, -np.inf]])


def _between(words: int, nonzeros: Fraction, expected: Callable[[int, int], Fraction]) -> Fraction:
    """The expected number of a share of a nonzero: a straight line between whole ones."""
    below = floor(nonzeros)
    low = expected(words, below)
    if below == nonzeros:
        return low
    return low + (nonzeros - below) * (expected(words, below + 1) - low)
