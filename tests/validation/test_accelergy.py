"""Energies of actions beside Accelergy's public designs, and CACTI's in other tools."""

from typing import Any

import pytest

from tests.validation.script import accelergy

CASES = [(part, at) for part in accelergy.PARTS for at in (0, 1)]


@pytest.mark.parametrize(("part", "at"), CASES, ids=lambda it: getattr(it, "name", str(it)))
def test_every_figure_of_a_design_is_the_estimate_or_within_its_range(part: Any, at: int) -> None:
    """One design, or several that agree: the figure. Several that differ: between them."""
    figures = [of[at] for of in part.designs.values()]
    ours = accelergy.energy("accelergy", "storage", ("read", "write")[at], part.says)
    assert min(figures) * 0.999 <= ours <= max(figures) * 1.001


@pytest.mark.parametrize("point", accelergy.POINTS)
def test_other_tools_read_100_kib_for_what_the_law_says_within_its_spread(
    point: tuple[int, int],
) -> None:
    """A factor of 2.7, which the law prints for memories whose transistors nobody names."""
    ours = accelergy.read_of_100_kib("sram", *point)
    for of in accelergy.OTHERS.values():
        assert 1 / 2.7 < ours / of[point] < 2.7


def test_kinds_of_transistors_are_a_factor_of_two_apart() -> None:
    """So no estimate that does not say them is better."""
    for point in accelergy.POINTS:
        each = [accelergy.read_of_100_kib("sram", *point, kind) for kind in accelergy.KINDS]
        assert max(each) / min(each) == pytest.approx(2, rel=0.02)
