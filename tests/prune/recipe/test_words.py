"""A word of a recipe is declared once: schema, command and guide have what is, and no more."""

import inspect
import json
import re
from dataclasses import fields
from typing import Any

import pytest

from prune.command import prune
from prune.data import NAMED
from prune.data.sources import STORES
from prune.goals import YARDSTICKS
from prune.limits import SCHEMAS
from prune.lists import OpenList
from prune.methods import Method
from prune.settings import METHOD_NAMES, LayerRule, Settings
from prune.solvers import SOLVERS
from prune.solvers.interface import Solver
from prune.training.finetune import OPTIMIZERS
from tests.test_readme import ROOT

SCHEMA = json.loads((SCHEMAS / "recipe" / "v1.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "pruning.md").read_text("utf-8")
#: What a recipe may say of all layers, and of some.
KEYS = SCHEMA["properties"]
OF_SOME = KEYS["layers"]["additionalProperties"]["properties"]


@pytest.mark.parametrize(
    ("rule", "listed"),
    [(KEYS["solver"], SOLVERS), (OF_SOME["solver"], SOLVERS), (KEYS["method"], METHOD_NAMES)],
    ids=["solver", "solver of some layers", "method"],
)
def test_a_list_of_the_schema_is_that_of_the_code_and_as_open(
    rule: dict[str, Any], listed: OpenList
) -> None:
    """The words in their order, and the group of entry points that brings others."""
    assert rule["enum"] == list(listed.shipped)
    assert rule["entryPoints"] == listed.group
    assert not rule.keys() & {"type", "const"}


@pytest.mark.parametrize(("listed", "kind"), [(SOLVERS, Solver), (METHOD_NAMES, Method)])
def test_what_is_listed_is_there_under_its_own_name(listed: OpenList, kind: Any) -> None:
    """A plan calls it as the recipe does."""
    assert [listed.named(name, kind).name for name in listed.shipped] == list(listed.shipped)


def test_a_goal_of_the_schema_is_one_of_the_code_and_has_its_limits() -> None:
    """Words, least and most, whichever side one looks from."""
    ranges = {
        word: {"minimum" if one.from_zero else "exclusiveMinimum": 0, "maximum": one.most}
        for word, one in YARDSTICKS.items()
    }
    rules = KEYS["goal"]["properties"]
    left = ("type", "description")
    said = {
        word: {key: rule[key] for key in rule if key not in left} for word, rule in rules.items()
    }
    assert said == ranges
    assert all(one.method in METHOD_NAMES.shipped for one in YARDSTICKS.values())


def test_the_command_has_an_option_for_each_goal_and_lists_the_solvers() -> None:
    """With what each takes; no goal and no solver is said twice, or left out."""
    options = inspect.signature(prune).parameters
    goals = [
        word for word, option in options.items() if option.annotation.__args__[0] == float | None
    ]
    assert goals == list(YARDSTICKS)
    (solver,) = options["solver"].annotation.__metadata__
    assert re.split(", | or ", solver.help.rstrip(".")) == list(SOLVERS.names())


def test_the_optimizers_of_the_schema_are_those_of_the_code() -> None:
    """Fine-tuning knows what a recipe may ask for."""
    assert KEYS["finetune"]["properties"]["optimizer"]["enum"] == list(OPTIMIZERS)


def test_the_schema_says_in_which_ways_images_are_stored() -> None:
    """Those of the code, and the names of images that are no files."""
    said = KEYS["data"]["properties"]["train"]["description"]
    ways = [re.escape(store.said) for store in STORES]
    assert sorted(re.findall("|".join(ways), said)) == sorted(store.said for store in STORES)
    assert said.endswith(f"or {' or '.join(NAMED)}.")


def test_rules_and_plain_settings_are_those_of_the_code_with_their_defaults() -> None:
    """What the schema says of them is true."""
    assert set(OF_SOME) == {field.name for field in fields(LayerRule)}
    for key in ("solver", "lowest_density", "seed", "device"):
        assert KEYS[key]["default"] == getattr(Settings(), key)
    assert all(one["description"].endswith(".") for one in KEYS.values())


def test_the_guide_has_every_word() -> None:
    """Solvers, methods and goals stand in it as code."""
    words = [*SOLVERS.shipped, *METHOD_NAMES.shipped, *YARDSTICKS]
    assert [word for word in words if f"`{word}" not in PAGE] == []
