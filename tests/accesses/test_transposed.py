"""Transposed convolutions: the outputs are what slides, and the counts still equal execution."""

from dataclasses import replace

from hypothesis import given, settings

from tests.accesses.test_executed import assert_counted_as_executed
from tests.build import convolution, scattered
from tests.generate import Case, cases

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples


@settings(max_examples=max(300, CHOSEN))
@given(cases())
def test_a_transposed_convolution_counts_as_it_runs(case: Case) -> None:
    """Tiles of the outputs overlap: partial sums of the overlap stay, all else comes and goes."""
    assert_counted_as_executed(replace(case, layer=scattered(case.layer)))


def test_sums_that_overlap_need_an_axis_that_adds() -> None:
    """Rows of inputs, and of the filter, meet in one output row only where windows overlap."""
    assert scattered(convolution(P=3, R=3, stride=2)).summed >= {"P", "R"}
    assert not scattered(convolution(P=3, R=2, stride=2)).summed & {"P", "R"}
    assert not scattered(convolution(P=3, R=1)).summed & {"P", "R"}
