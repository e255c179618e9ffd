"""Timeloop's counts of a public reference design, in Timeloop's own mapping: its statistics."""

import pytest

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.validation.script import timeloop

#: simple_output_stationary of timeloop-accelergy-exercises.
COUNTS = {
    ("dram", WEIGHTS, "reads"): 13824,
    ("glb", WEIGHTS, "reads"): 774144,
    ("glb", INPUTS, "reads"): 677376,
    ("spad", OUTPUTS, "reads"): 10436608,
    ("spad", OUTPUTS, "writes"): 10838016,
    ("output_reg", OUTPUTS, "reads"): 10436608,
    ("output_reg", OUTPUTS, "writes"): 21274624,
}
OVERLAPPING = ("dram", INPUTS, "reads")


def test_the_counts_are_those_of_the_statistics() -> None:
    """What the page calls published is what is published."""
    assert timeloop.COUNTS == {**COUNTS, OVERLAPPING: 157296}
    assert timeloop.CYCLES == 677376


@pytest.mark.parametrize("what", COUNTS, ids=" ".join)
def test_counts_of_output_stationary_are_timeloops(what: tuple[str, str, str]) -> None:
    """With the last value of a stay written, and its way up free."""
    assert timeloop.counted(*what) == COUNTS[what]
    assert timeloop.design().cost.cycles == 677376


def test_inputs_are_read_without_the_overlap_that_timeloop_reads_again() -> None:
    """By hand: 2 tiles of 113 rows, 3 channels; 225 columns, not 8 tiles of 29."""
    assert timeloop.counted(*OVERLAPPING) == 2 * 113 * 3 * 225
    assert timeloop.COUNTS[OVERLAPPING] == 2 * 113 * 3 * 8 * 29
