"""The mapper on transposed convolutions: with windows over outputs it finds the best as well."""

from hypothesis import given, settings

from tests.build import scattered
from tests.mapper.problems import Problem, any_layers, problems
from tests.mapper.test_exhaustive import WINDOWS, assert_best

SOME = settings(max_examples=40)


@SOME
@given(problems(any_layers().map(scattered)))
def test_no_mapping_of_a_transposed_convolution_is_better(problem: Problem) -> None:
    """The law of `test_exhaustive`, where tiles of partial sums overlap."""
    assert_best(problem)


@SOME
@given(problems(WINDOWS.map(scattered), most=1500))
def test_no_mapping_of_overlapping_outputs_is_better(problem: Problem) -> None:
    """Two windows in competition, along rows and along columns."""
    assert_best(problem)
