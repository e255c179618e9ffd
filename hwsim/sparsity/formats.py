"""Formats in which zeros take little room: a tensor to bits and back, and how many bits it takes.

A tensor is one stream of values, in the order in which it is stored.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, log

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Values = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """`words`, with `nonzeros` anywhere among them; `zero_pairs` where their places are known."""

    words: int
    nonzeros: Fraction
    zero_pairs: int | None = None


class Format(ABC):
    """A way to write the values of a tensor, unsigned integers of `value_bits` each."""

    @abstractmethod
    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """The bits of a stream; their expected number where the places of its nonzeros are not
        known. Of a last block that is not full, the part that is.
        """

    @abstractmethod
    def encode(self, values: Values, value_bits: int) -> Bits:
        """The values, one after the other, as bits."""

    @abstractmethod
    def decode(self, bits: Bits, words: int, value_bits: int) -> Values:
        """So many values back from their bits."""


class Bitmask(Format):
    """A bit for each value, whether it is zero or not, and the values that are not."""

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """Of each value a bit, and of each nonzero its bits."""
        return stream.words + stream.nonzeros * value_bits

    def encode(self, values: Values, value_bits: int) -> Bits:
        """The mask, then the nonzeros."""
        return np.concatenate([values != 0, _as_bits(values[values != 0], value_bits)])

    def decode(self, bits: Bits, words: int, value_bits: int) -> Values:
        """The nonzeros where the mask has them."""
        values = np.zeros(words, dtype=np.int64)
        values[bits[:words]] = _as_values(bits[words:], value_bits)
        return values


class RunLength(Format):
    """Pairs of a run of up to 31 zeros and the value after it, three of them and a flag in a block:
    64 bits, if values have 16, as on Eyeriss (JSSC 2017, section V-E).
    """

    RUN_BITS = 5
    LONGEST = (1 << RUN_BITS) - 1
    PAIRS = 3

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """A pair for each nonzero, and those whose value is one more zero of a long run."""
        zeros = stream.zero_pairs
        pairs = stream.nonzeros + (
            _between(stream.words, stream.nonzeros, expected_zero_pairs) if zeros is None else zeros
        )
        return pairs * self._block_bits(value_bits) / self.PAIRS

    def encode(self, values: Values, value_bits: int) -> Bits:
        """Blocks; the flag is set in the last one. What is missing of a block is zero."""
        pairs = _pairs(values, self.LONGEST)
        blocks = max(1, -(-len(pairs) // self.PAIRS))
        padded = np.zeros((blocks * self.PAIRS, 2), dtype=np.int64)
        padded[: len(pairs)] = pairs
        runs = _as_bits(padded[:, 0], self.RUN_BITS).reshape(-1, self.RUN_BITS)
        levels = _as_bits(padded[:, 1], value_bits).reshape(-1, value_bits)
        body = np.concatenate([runs, levels], axis=1).reshape(blocks, -1)
        flags = np.arange(blocks) == blocks - 1
        return np.concatenate([body, flags[:, None]], axis=1).reshape(-1)

    def decode(self, bits: Bits, words: int, value_bits: int) -> Values:
        """Each value after its run; what lies behind the last word is padding."""
        body = bits.reshape(-1, self._block_bits(value_bits))[:, :-1]
        pairs = body.reshape(-1, self.RUN_BITS + value_bits)
        runs = _as_values(pairs[:, : self.RUN_BITS].reshape(-1), self.RUN_BITS)
        levels = _as_values(pairs[:, self.RUN_BITS :].reshape(-1), value_bits)
        at = np.cumsum(runs + 1) - 1
        values = np.zeros(max(words, int(at[-1]) + 1), dtype=np.int64)
        values[at] = levels
        return values[:words]

    def _block_bits(self, value_bits: int) -> int:
        return self.PAIRS * (self.RUN_BITS + value_bits) + 1


class Coordinates(Format):
    """Blocks of 256 values: how many nonzeros there are, and each of them with its place."""

    WORDS = 256
    PLACE_BITS = 8
    COUNT_BITS = 9

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """Of each nonzero its place and its bits, of each block its count."""
        blocks = Fraction(stream.words, self.WORDS)
        return blocks * self.COUNT_BITS + stream.nonzeros * (self.PLACE_BITS + value_bits)

    def encode(self, values: Values, value_bits: int) -> Bits:
        """Block after block; the last one may be shorter."""
        parts = []
        for start in range(0, len(values), self.WORDS):
            (places,) = np.nonzero(values[start : start + self.WORDS])
            parts.append(_as_bits(np.array([len(places)]), self.COUNT_BITS))
            parts.append(_as_bits(places, self.PLACE_BITS))
            parts.append(_as_bits(values[start + places], value_bits))
        return np.concatenate(parts)

    def decode(self, bits: Bits, words: int, value_bits: int) -> Values:
        """The nonzeros at their places."""
        values = np.zeros(words, dtype=np.int64)
        at = 0
        for start in range(0, words, self.WORDS):
            (number,) = _as_values(bits[at : at + self.COUNT_BITS], self.COUNT_BITS).tolist()
            at += self.COUNT_BITS
            places = _as_values(bits[at : at + number * self.PLACE_BITS], self.PLACE_BITS)
            at += number * self.PLACE_BITS
            values[start + places] = _as_values(bits[at : at + number * value_bits], value_bits)
            at += number * value_bits
        return values


#: By the name that a file gives them.
FORMATS: Mapping[str, Format] = {
    "bitmask": Bitmask(),
    "run_length": RunLength(),
    "coordinates": Coordinates(),
}


def zero_pairs(nonzero: Bits) -> int:
    """The pairs of a run-length code of a stream that stand for zeros only.

    >>> zero_pairs(np.array([False] * 32 + [True]))
    1
    """
    return len(_pairs(nonzero.astype(np.int64), RunLength.LONGEST)) - int(nonzero.sum())


@lru_cache(maxsize=1 << 12)
def expected_zero_pairs(words: int, nonzeros: int) -> Fraction:
    """Their expected number, if so many nonzeros lie anywhere among the words.

    With P(L) = (z choose L) / (n choose L), the probability that L given words are zeros: a pair
    ends 32 k words after a nonzero, or after the start, if these are zeros and no more; one ends
    the stream if the zeros there are not a multiple of 32.
    """
    zeros = words - nonzeros
    pair = RunLength.LONGEST + 1
    if not zeros or not nonzeros:
        return Fraction(-(-zeros // pair))
    all_zero = np.exp(_log_all_zero(words, zeros))
    lengths = np.arange(pair, len(all_zero) - 1, pair)
    inside = (words - lengths) * (all_zero[lengths] - all_zero[lengths + 1])
    exactly = all_zero[:-1] - all_zero[1:]
    exactly[::pair] = 0
    return Fraction(float(inside.sum() + all_zero[lengths].sum() + exactly[1:].sum()))


def _log_all_zero(words: int, zeros: int) -> NDArray[np.float64]:
    """The logarithm of P(L) for L from 0 on, to where it is nothing beside the number of words."""
    negligible = 60 + log(words)
    ratio = log(zeros / words) if zeros < words else 0.0
    longest = zeros if ratio == 0 else min(zeros, ceil(-negligible / ratio) + RunLength.LONGEST + 2)
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


def _pairs(values: Values, longest: int) -> Values:
    """Runs of zeros and the values after them, which are zero in a long run, or at the end."""
    (places,) = np.nonzero(values)
    before = np.diff(places, prepend=-1) - 1
    zero_pairs, runs = np.divmod(before, longest + 1)
    left = len(values) - (int(places[-1]) + 1 if len(places) else 0)
    at_end, rest = divmod(left, longest + 1)
    number = int(zero_pairs.sum()) + len(places)
    pairs = np.full((number + at_end + bool(rest), 2), (longest, 0), dtype=np.int64)
    ends = np.cumsum(zero_pairs + 1) - 1
    pairs[ends] = np.stack([runs, values[places]], axis=1)
    if rest:
        pairs[-1] = rest - 1, 0
    return pairs


def _as_bits(values: Values, width: int) -> Bits:
    bits: Bits = (values[:, None] >> np.arange(width)) & 1 != 0
    return bits.reshape(-1)


def _as_values(bits: Bits, width: int) -> Values:
    values: Values = bits.reshape(-1, width).astype(np.int64) @ (1 << np.arange(width))
    return values
