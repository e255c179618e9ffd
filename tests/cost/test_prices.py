"""Prices that are kept are those that are made anew, whatever was asked before."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim import load_architecture
from hwsim.cost.energy import energies
from hwsim.cost.prices import Prices
from hwsim.mapper import best_nest
from hwsim.priced import priced
from hwsim.vocabulary import INPUTS, TENSORS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS, Data
from tests.build import convolution

LAYER = convolution(C=4, M=6, P=5, Q=5, R=3, S=3)
CHIPS = ("eyeriss", "cvpr17", "eyeriss_actions", "simba_like", "tpu_like")
SHARES: st.SearchStrategy[float | Fraction] = st.sampled_from(
    [Fraction(0), Fraction(1, 3), Fraction(3, 4), Fraction(1), 0.1, 0.97]
)
BITS = st.dictionaries(st.sampled_from([*TENSORS, PARTIAL_SUMS]), st.sampled_from([3, 16]))
MACS = st.dictionaries(st.sampled_from([(WEIGHTS,), (INPUTS, WEIGHTS)]), st.just(Fraction(1, 7)))
PAIRS = st.dictionaries(st.sampled_from(TENSORS), st.sampled_from([0, 9]))


@st.composite
def data(draw: st.DrawFn) -> Data:
    """What tensors may contain, of few values, so that some of it returns in other company."""
    densities: Mapping[str, float | Fraction] = draw(
        st.dictionaries(st.sampled_from(TENSORS), SHARES)
    )
    return Data(densities=densities, bits=draw(BITS), mac_shares=draw(MACS), zero_pairs=draw(PAIRS))


@pytest.mark.parametrize("name", CHIPS)
@settings(max_examples=20)
@given(every=st.lists(data(), min_size=1, max_size=12))
def test_kept_prices_are_those_made_anew(name: str, every: list[Data]) -> None:
    """To the last digit: both are exact."""
    chip = load_architecture(name)
    words = priced(chip, LAYER, best_nest(chip, LAYER)).words
    prices = Prices(architecture=chip, layer=LAYER)
    for one in every:
        anew = sum(energies(chip, words, replace(LAYER, data=one)).values(), Fraction(0))
        assert prices.energy(words, one) == anew
