"""`distinct`: the closed form equals the number of elements of the set."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hwsim.workload.layer import Rank
from hwsim.workload.span import distinct
from tests.build import convolution, depthwise

factors = st.integers(1, 12)
extents = st.integers(0, 12)


def counted(stride: int, dilation: int, rows: int, taps: int) -> int:
    """Elements of the set of all stride p + dilation r."""
    return len({stride * p + dilation * r for p, r in product(range(rows), range(taps))})


@given(factors, factors, extents, extents)
def test_distinct_indices_are_those_of_the_set(
    stride: int, dilation: int, rows: int, taps: int
) -> None:
    """For any stride and dilation, holes and overlaps included, and for empty boxes."""
    terms = (("P", stride), ("R", dilation))
    assert distinct(terms, {"P": rows, "R": taps}) == counted(stride, dilation, rows, taps)


@given(factors, factors, st.lists(st.tuples(extents, extents), min_size=1, max_size=8))
def test_arrays_count_as_their_numbers(
    stride: int, dilation: int, boxes: list[tuple[int, int]]
) -> None:
    """Many boxes at once give what each gives alone."""
    rows, taps = np.array(boxes).T
    terms = (("P", stride), ("R", dilation))
    found = distinct(terms, {"P": rows, "R": taps})
    assert found.tolist() == [counted(stride, dilation, *box) for box in boxes]


@given(factors, extents)
def test_one_dimension_names_as_many_indices_as_it_has_steps(stride: int, extent: int) -> None:
    """Without an overlap there is nothing to count twice."""
    assert distinct((("P", stride),), {"P": extent}) == extent


def test_the_words_of_a_tensor_are_those_that_are_touched() -> None:
    """Rows between windows that a stride skips are not counted, overlaps once."""
    layer = convolution(M=2, C=3, P=2, R=2, Q=2, S=3, stride=4)
    assert layer.words("weights") == 2 * 3 * 2 * 3
    assert layer.words("inputs") == 3 * (2 * 2) * (2 * 3)
    assert layer.words("outputs") == 2 * 2 * 2
    assert layer.macs == 2 * 3 * 2 * 2 * 2 * 3


def test_a_tensor_depends_on_the_dimensions_that_index_it() -> None:
    """C, R and S are summed over: the outputs do not see them."""
    layer = depthwise(G=2, P=3, R=2)
    assert layer.dimensions_of("weights") == set("GMCRS")
    assert layer.dimensions_of("inputs") == set("NGCPRQS")
    assert layer.dimensions_of("outputs") == set("NGMPQ")
    assert Rank(terms=(("P", 1), ("R", 1))).dimensions == ("P", "R")
