"""Recipes say what they mean, and mistakes are answered with their place."""

import json
from dataclasses import fields
from math import inf, nan
from pathlib import Path

import pytest

from hwsim.specification import SpecificationError
from prune.data import Augmentation
from prune.goals import Goal
from prune.limits import SCHEMAS
from prune.recipe.recipe import given, load, unknown_layer
from prune.settings import Calibration, LayerRule, NoSuchLayer, Rounds, Settings, rules
from prune.training.finetune import Training as Tuning

SCHEMA = json.loads((SCHEMAS / "recipe" / "v1.json").read_text("utf-8"))
WHOLE = """\
schema: hwsim/recipe/v1
model: squeezenet1_0
weights: trained/W.npz
data: {train: images, validation_images: 500}
architecture: chips/mine.yaml
goal: {max_top5_loss: 1.0}
finetune: {steps: 50}
layers:
  fire*: {lowest_density: 0.1}
  conv1: {prune: false}
"""
MISTAKES = """\
schema: hwsim/recipe/v1
model: squeezenet1_0
data: {train: images}
architecture: eyeriss
goal: {energi: 0.4}
solver: obcs
lowest_density: 0
finetune:
  steps: -1
  epoch: 3
  augment: {flips: true, shift: -1}
"""
ANSWER = """\
recipe.yaml:5:8: goal.energi: unknown key 'energi'; did you mean energy?
recipe.yaml:6:9: solver: must be one of eap, magnitude, magnitude+ls, ols, obc, not 'obcs'; \
did you mean obc?
recipe.yaml:7:17: lowest_density: must be a positive number, not 0
recipe.yaml:9:10: finetune.steps: must be an integer of 0 or more, not -1
recipe.yaml:10:3: finetune.epoch: unknown key 'epoch'
recipe.yaml:11:13: finetune.augment.flips: unknown key 'flips'; did you mean flip?
recipe.yaml:11:33: finetune.augment.shift: must be an integer of 0 or more, not -1"""


def written(folder: Path, text: str) -> Path:
    """A recipe file."""
    path = folder / "recipe.yaml"
    path.write_text(text, "utf-8")
    return path


def test_paths_are_from_the_folder_of_the_recipe(tmp_path: Path) -> None:
    """A recipe means the same wherever one stands."""
    recipe = load(written(tmp_path, WHOLE))
    assert recipe.weights == tmp_path / "trained" / "W.npz"
    assert recipe.data.train == tmp_path / "images"
    assert recipe.architecture == str(tmp_path / "chips" / "mine.yaml")
    assert recipe.output == tmp_path / "recipe"


def test_what_is_not_said_is_the_default(tmp_path: Path) -> None:
    """One key of a section leaves the others as they are."""
    recipe = load(written(tmp_path, WHOLE))
    assert recipe.goal == Goal(measure="max_top5_loss", limit=1.0)
    assert recipe.settings.finetune == Tuning(steps=50)
    assert recipe.settings.rounds == Rounds()


def test_augmentation_is_a_part_of_what_is_asked_for(tmp_path: Path) -> None:
    """It is read, what it leaves out is not done, and recipes with and without it differ."""
    path = written(tmp_path, WHOLE)
    recipe = load(path, {"finetune.augment.shift": 4})
    assert recipe.settings.finetune == Tuning(steps=50, augment=Augmentation(shift=4))
    assert recipe.digest != load(path).digest


def test_mistakes_are_answered_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the schema refuses, with line, column and what was meant."""
    monkeypatch.chdir(written(tmp_path, MISTAKES).parent)
    with pytest.raises(SpecificationError) as refused:
        load(Path("recipe.yaml"))
    assert str(refused.value) == ANSWER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; a recipe starts with `schema: hwsim/recipe/v1`"),
        ("- 1", "must be a mapping of keys to values"),
        (WHOLE.replace("recipe/v1", "network/v1"), "must be 'hwsim/recipe/v1'"),
        (WHOLE.replace("5_loss: 1.0", "5_loss: 1.0, energy: 0.4"), "must be one goal, not 2"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """An empty file, a list, another kind of file, and a recipe of two goals."""
    with pytest.raises(SpecificationError, match=said):
        load(written(tmp_path, text))


def test_options_change_what_a_recipe_says(tmp_path: Path) -> None:
    """An option wins over the file; another goal takes the place of the first."""
    path = written(tmp_path, WHOLE)
    recipe = load(path, {"goal.energy": 0.4})
    assert recipe.goal == Goal(measure="energy", limit=0.4)
    assert recipe.digest != load(path).digest


def test_options_alone_are_a_recipe() -> None:
    """Without a file, paths are from the working folder."""
    recipe = given(
        {"model": "digits", "data.train": "images", "architecture": "eyeriss", "goal.energy": 0.3}
    )
    assert recipe.data.train == Path("images")
    assert recipe.architecture == "eyeriss"


def test_bad_options_are_refused_as_bad_files_are() -> None:
    """What an option says wrong, and what is missing, is told at the command line."""
    with pytest.raises(SpecificationError) as refused:
        given({"model": "digits", "goal.energy": 2})
    assert str(refused.value).splitlines() == [
        "command line:1:1: document: missing key 'architecture'",
        "command line:1:1: document: missing key 'data'",
        "command line:1:1: goal.energy: must be at most 1, not 2",
    ]


def test_what_an_option_says_is_told_at_the_command_line(tmp_path: Path) -> None:
    """Not where the recipe says something else in its place."""
    with pytest.raises(SpecificationError) as refused:
        load(written(tmp_path, WHOLE), {"goal.energy": 2, "finetune.steps": -1})
    assert str(refused.value).splitlines() == [
        "command line:1:1: finetune.steps: must be an integer of 0 or more, not -1",
        "command line:1:1: goal.energy: must be at most 1, not 2",
    ]


def test_without_a_file_and_options_all_is_missing() -> None:
    """Nothing asked for is answered with what can be."""
    with pytest.raises(SpecificationError, match="missing key 'model'") as refused:
        given({})
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize("share", [nan, inf])
def test_what_is_no_finite_number_is_no_share(share: float) -> None:
    """Options may say what a file cannot."""
    with pytest.raises(SpecificationError, match=r"goal\.energy: must be a positive number, not"):
        given({"goal.energy": share})


def test_a_name_is_no_part_of_the_digest(tmp_path: Path) -> None:
    """A recipe that is renamed goes on where it was."""
    named = load(written(tmp_path, f"{WHOLE}name: other\noutput: elsewhere\n"))
    assert named.digest == load(written(tmp_path, WHOLE)).digest


def test_the_later_rule_says_more() -> None:
    """Of patterns that match a layer, each says what it says; the last has the last word."""
    settings = Settings(
        layers={
            "fire*": {"lowest_density": 0.1, "solver": "ols"},
            "fire2": {"lowest_density": 0.3},
            "conv1": {"prune": False},
        }
    )
    found = rules(settings, ["conv1", "fire2", "fire3"])
    assert found["conv1"] == LayerRule(prune=False, lowest_density=0.02, solver="obc")
    assert found["fire2"] == LayerRule(lowest_density=0.3, solver="ols")
    assert found["fire3"] == LayerRule(lowest_density=0.1, solver="ols")


def test_a_layer_that_there_is_not_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern that matches nothing is no silent wish: place, and what was meant."""
    monkeypatch.chdir(written(tmp_path, WHOLE.replace("conv1:", "conv11:")).parent)
    recipe = load(Path("recipe.yaml"))
    with pytest.raises(NoSuchLayer, match="did you mean conv1") as refused:
        rules(recipe.settings, ["conv1", "fire2"])
    assert str(unknown_layer(recipe, refused.value)) == (
        "recipe.yaml:10:3: layers.conv11: no layer that can be pruned matches;"
        " they are conv1, fire2; did you mean conv1?"
    )


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        ("rounds", Rounds()),
        ("calibration", Calibration()),
        ("finetune", Settings().finetune),
        ("finetune/augment", Augmentation()),
    ],
)
def test_the_schema_says_the_defaults(section: str, settings: object) -> None:
    """Every key of a section is a field, and its description says the field's default."""
    properties = SCHEMA["properties"]
    for key in section.split("/"):
        properties = properties[key]["properties"]
    names = [field.name for field in fields(settings)]  # type: ignore[arg-type]
    assert list(properties) == [name for name in names if name != "seed"]
    for key, rule in properties.items():
        default = str(getattr(settings, key)).lower()
        assert default == "none" or f"the default is {default}" in rule["description"], key
