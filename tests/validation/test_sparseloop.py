"""Eyeriss v2's processing element: Wu et al., "Sparseloop", MICRO 2022, figure 12, its artifact."""

import pytest

from tests.validation.script import eyeriss_v2

#: Cycles of the artifact's ground truth.
CYCLES = {
    "L07": 1702140,
    "L09": 1499682,
    "L13": 1144158,
    "L19": 1457458,
    "L21": 1677684,
    "L23": 1821557,
    "L25": 948572,
    "L27": 775316,
}


def test_the_cycles_are_those_of_the_artifact() -> None:
    """What the page calls published is what is published."""
    assert {name: of.cycles for name, of in eyeriss_v2.published().items()} == CYCLES


@pytest.mark.parametrize("layer", CYCLES)
def test_real_zeros_make_the_published_cycles(layer: str) -> None:
    """Exactly: every MAC with a zero operand is skipped, and one is done a cycle."""
    assert eyeriss_v2.cycles(layer, True) == CYCLES[layer]


@pytest.mark.parametrize("layer", CYCLES)
def test_densities_alone_are_one_to_seven_per_cent_too_quick(layer: str) -> None:
    """As if zeros lay anywhere: the two counts rise together from channel to channel."""
    share = eyeriss_v2.cycles(layer, False) / CYCLES[layer]
    assert 0.93 < share < 0.99
