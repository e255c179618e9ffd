"""A method that is said is taken, and each goal has one that is taken where none is said."""

import pytest

from prune.goals import YARDSTICKS, Goal
from prune.limits import NotAllowed
from prune.lists import Listed
from prune.methods import Method, chosen
from prune.settings import METHOD_NAMES, Settings


@pytest.mark.parametrize(
    ("measure", "default"),
    [("energy", "budget"), ("max_top1_loss", "layers"), ("max_top5_loss", "layers")],
)
def test_a_method_that_is_said_is_taken_and_each_goal_has_its_own(
    measure: str, default: str
) -> None:
    """Densities are allotted to an energy, layers pruned as far as an accuracy allows."""
    goal = Goal(measure=measure, limit=0.5)
    assert chosen(Settings(), goal).name == default
    for word in METHOD_NAMES.shipped:
        assert chosen(Settings(method=word), goal).name == word


def test_a_method_of_ones_own_is_taken_and_nothing_else() -> None:
    """An object of a class that extends `Method`; another has its place and what is expected."""

    class Still(Method):
        name = "still"

        def round(self, bench, start, severity, name):  # type: ignore[no-untyped-def]
            return start

        def approach(self, bench, before, budget):  # type: ignore[no-untyped-def]
            return [before]

    still, goal = Still(), Goal(measure="energy", limit=0.5)
    assert chosen(Settings(method=still), goal) is still
    with pytest.raises(NotAllowed, match="method: must be a method's name, or an object of a"):
        chosen(Settings(method=Listed()), goal)


def test_every_goal_has_words() -> None:
    """A limit is said as people say it."""
    said = {word: str(Goal(measure=word, limit=1)) for word in YARDSTICKS}
    assert said == {
        "max_top1_loss": "at most 1 point of top-1 accuracy lost",
        "max_top5_loss": "at most 1 point of top-5 accuracy lost",
        "energy": "at most 1 of the energy",
    }
