"""Row stationary: Chen, Emer, Sze, ISCA 2016, figure 10 and equations; AlexNet, batch 16.

The digits of the figure are those that nn_dataflow asserts (its test `test_eyeriss_isca16`).
"""

import pytest

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.validation.script import validation

#: ALU, DRAM, RF in 1e9 MACs.
FIGURE_10 = {
    "conv1": (1.69, 2.46, 6.75),
    "conv2": (3.58, 2.27, 14.33),
    "conv3": (2.39, 2.02, 9.57),
    "conv4": (1.79, 1.57, 7.18),
    "conv5": (1.20, 1.05, 4.78),
}
LAST_DIGIT = 0.005

#: How often inputs, weights and outputs cross the DRAM's pins in hwsim's mappings.
READINGS = {
    "conv1": (1, 1, 1),
    "conv2": (4, 1, 1),
    "conv3": (5, 4, 1),
    "conv4": (3, 4, 1),
    "conv5": (2, 4, 1),
}


def test_the_figures_are_those_of_figure_10() -> None:
    """What the page calls published is what is published."""
    table = validation.ISCA16
    assert {name: (of.alu, of.dram, of.rf) for name, of in table.items()} == FIGURE_10


@pytest.mark.parametrize("layer", FIGURE_10)
def test_figure_10(layer: str) -> None:
    """ALU and RF within 1 %, DRAM at most as published, in the mapping that hwsim derives."""
    alu, dram, rf = FIGURE_10[layer]
    result = validation.figure_10(layer)
    assert result.derived
    assert validation.giga(result, "mac") == pytest.approx(alu, rel=0.01)
    assert validation.giga(result, "rf") == pytest.approx(rf, rel=0.01)
    assert validation.giga(result, "dram") <= dram + LAST_DIGIT


@pytest.mark.parametrize("layer", FIGURE_10)
def test_what_hwsim_reads_from_dram(layer: str) -> None:
    """The readings by which the page explains where DRAM differs."""
    result = validation.figure_10(layer)
    ours = [validation.readings(result, tensor) for tensor in (INPUTS, WEIGHTS, OUTPUTS)]
    assert ours == pytest.approx(READINGS[layer], rel=0.01)


@pytest.mark.parametrize("layer", ["conv2", "conv3", "conv4", "conv5"])
def test_readings_that_make_the_published_figure(layer: str) -> None:
    """Whole readings of inputs and weights, outputs written once, at 200 a word: to the digit."""
    published = validation.ISCA16[layer]
    inputs, weights = published.readings
    of = validation.figure_10(layer).layer
    words = inputs * of.words(INPUTS) + weights * of.words(WEIGHTS) + of.words(OUTPUTS)
    assert words * 200 / 1e9 == pytest.approx(published.dram, abs=LAST_DIGIT)


@pytest.mark.parametrize("uses", validation.USES)
def test_the_shipped_machine_charges_as_the_equations(uses: tuple[int, int, int, int]) -> None:
    """`isca16_rs`, its register file on the file's conventions, level by level."""
    assert validation.energy_of_one(INPUTS, uses) == validation.equation_3(*uses)
    assert validation.energy_of_one(WEIGHTS, uses) == validation.equation_3(*uses)
    assert validation.energy_of_one(OUTPUTS, uses) == validation.equation_4(*uses)
