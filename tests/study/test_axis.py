"""What is said of an axis has the values that a reader expects."""

import doctest
from typing import Any

import pytest

from hwsim.study import axis
from hwsim.study.axis import NoValues, values


def test_the_examples_hold() -> None:
    """Those of the docstrings."""
    assert doctest.testmod(axis).failed == 0


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("8,12,16", (8, 12, 16)),
        ("8k..64k:x2", (8192, 16384, 32768, 65536)),
        ("1M..4M:x4", (2**20, 2**22)),
        ("1..2:+0.5", (1, 1.5, 2)),
        ("1..4", (1, 2, 3, 4)),
        ("1..4:2", (1, 3)),
        ("0.1..0.3:+0.1", (0.1, 0.2, 0.3)),
        ("true,false", (True, False)),
        ("a, b", ("a", "b")),
        ("7", (7,)),
        (7, (7,)),
        ([1, "2k", True, 1], (1, 2048, True)),
        ({"from": 1, "to": 9, "factor": 3}, (1, 3, 9)),
        ({"from": "1k", "to": "3k", "step": "1k"}, (1024, 2048, 3072)),
        ([{"read": 1}, {"read": 2}], ({"read": 1}, {"read": 2})),
    ],
)
def test_values_are_those_that_are_said(said: Any, found: tuple[Any, ...]) -> None:
    """Each once, in order; integers stay integers, and decimals are exact."""
    assert values(said) == found
    assert [type(one) for one in values(said)] == [type(one) for one in found]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("8..4:x2", "ends before it begins"),
        ("1..8:x1", "a factor is more than 1"),
        ("0..8:x2", "begins above 0"),
        ("1..8:+0", "a step is more than 0"),
        ("1..8:-1", "a step is more than 0"),
        ("a..b:x2", "from is no number: a"),
        ("1..1G:+1", "more than 10000 values"),
        ({"from": True, "to": 2}, "from is no number"),
        ([], "has no values"),
    ],
)
def test_what_has_no_values_says_why(said: Any, why: str) -> None:
    """And ends soon."""
    with pytest.raises(NoValues, match=why):
        values(said)
