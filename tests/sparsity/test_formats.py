"""Every format is held to a code that is written and read, and expected sizes to all draws."""

from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil, comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwsim.sparsity.formats import SHIPPED, Stream
from hwsim.sparsity.formats.run_length import expected_zero_pairs, zero_pairs
from tests.sparsity.codes import CODES, Reader

Values = NDArray[np.int64]

ADVERSARIAL = {
    "all zero": [0] * 100,
    "no zero": [65535] * 100,
    "one word": [0],
    "a run as long as a pair holds": [0] * 31 + [7],
    "a run of one more": [0] * 32 + [7],
    "a run of two more": [0] * 33 + [7],
    "two full pairs and the end": [0] * 64,
    "the end just after a full pair": [1] + [0] * 32,
    "blocks of coordinates": [0] * 255 + [1, 1] + [0] * 255 + [1],
}


@st.composite
def streams(draw: st.DrawFn) -> Values:
    """Values of which any share is zero."""
    words = draw(st.integers(1, 600))
    share = draw(st.sampled_from([0, 0.02, 0.3, 0.9, 1]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(1, 1 << 16, words) * (rng.random(words) < share)


def known(values: Values) -> Stream:
    """The stream with what is known of its zeros."""
    nonzero = values != 0
    return Stream(
        words=len(values), nonzeros=Fraction(int(nonzero.sum())), zero_pairs=zero_pairs(nonzero)
    )


def assert_encoded(name: str, values: Values) -> None:
    """The code's bits are as many as the format says, and read as the values."""
    code = CODES[name]
    bits = code.write(values.tolist(), 16)
    assert code.read(Reader(bits), len(values), 16) == values.tolist()
    said = SHIPPED[name].bits(known(values), 16)
    whole = ceil(said / code.block_bits) * code.block_bits
    assert 0 <= len(bits) - whole <= code.head_bits


@pytest.mark.parametrize("name", SHIPPED)
@given(values=streams())
def test_any_stream_survives_and_has_the_size_that_is_said(name: str, values: Values) -> None:
    """The law: sizes are those of a code that gives the values back."""
    assert_encoded(name, values)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("case", ADVERSARIAL)
def test_adversarial_streams_survive(name: str, case: str) -> None:
    """Runs at the limits of a pair and of a block, and nothing but zeros, or none."""
    assert_encoded(name, np.array(ADVERSARIAL[case]))


def test_three_pairs_of_eyeriss_are_64_bits() -> None:
    """JSSC 2017, section V-E: three pairs of 5 and 16 bits, and a flag."""
    three = Stream(words=3, nonzeros=Fraction(3), zero_pairs=0)
    assert SHIPPED["run_length"].bits(three, 16) == 64


@pytest.mark.parametrize(
    ("words", "nonzeros"), [(5, 2), (32, 0), (40, 1), (64, 0), (65, 0), (70, 2), (98, 1), (36, 3)]
)
def test_expected_zero_pairs_are_the_mean_over_all_placements(words: int, nonzeros: int) -> None:
    """The expected number is exact: the mean over every set of places that nonzeros can have."""
    total = 0
    for places in combinations(range(words), nonzeros):
        nonzero = np.zeros(words, dtype=bool)
        nonzero[list(places)] = True
        total += zero_pairs(nonzero)
    mean = total / comb(words, nonzeros)
    assert float(expected_zero_pairs(words, nonzeros)) == pytest.approx(mean, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("density", [0.01, 0.05, 0.2])
def test_expected_sizes_are_the_mean_over_many_draws(density: float) -> None:
    """So it is of a stream too long to place its nonzeros everywhere: within four deviations."""
    words, draws = 5000, 400
    nonzeros = round(words * density)
    rng = np.random.default_rng(0)
    nonzero = np.arange(words) < nonzeros
    drawn = [zero_pairs(rng.permutation(nonzero)) for _ in range(draws)]
    error = np.std(drawn) / np.sqrt(draws)
    assert abs(np.mean(drawn) - float(expected_zero_pairs(words, nonzeros))) < 4 * error + 1e-9


@pytest.mark.parametrize("name", SHIPPED)
def test_sizes_never_fall_when_a_zero_becomes_a_value(name: str) -> None:
    """More nonzeros take more bits, also where their number is no integer."""
    sizes = [
        SHIPPED[name].bits(Stream(words=500, nonzeros=Fraction(n, 3)), 16) for n in range(1501)
    ]
    assert all(less <= more for less, more in pairwise(sizes))
