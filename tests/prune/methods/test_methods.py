"""Every word of `method:` has its method, and each goal one that is taken where none is said."""

import json

import pytest

from prune.limits import SCHEMAS
from prune.methods import METHODS, chosen
from prune.settings import METHODS as WORDS
from prune.settings import Goal, Measure, Settings

SCHEMA = json.loads((SCHEMAS / "recipe" / "v1.json").read_text("utf-8"))


def test_methods_settings_and_the_schema_have_the_same_words() -> None:
    """What one of them lacks would be refused late, or never be taken."""
    assert set(METHODS) == set(WORDS) == set(SCHEMA["properties"]["method"]["enum"])


@pytest.mark.parametrize(
    ("measure", "default"),
    [("energy", "budget"), ("max_top1_loss", "layers"), ("max_top5_loss", "layers")],
)
def test_a_method_that_is_said_is_taken_and_each_goal_has_its_own(
    measure: Measure, default: str
) -> None:
    """Densities are allotted to an energy, layers pruned as far as an accuracy allows."""
    goal = Goal(measure=measure, limit=0.5)
    assert chosen(Settings(), goal) is METHODS[default]
    for word in WORDS:
        assert chosen(Settings(method=word), goal) is METHODS[word]
