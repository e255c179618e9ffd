"""What the pages show of pruning runs, and is accepted."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from prune.recipe.recipe import load
from tests.command.call import hwsim
from tests.prune.small import TRAIN, VALIDATION, trained
from tests.test_readme import ROOT, block

PAGE = ROOT / "docs" / "pruning.md"


def test_the_pruning_of_a_model_at_hand_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model that it leaves costs half, and is that in the folder."""
    monkeypatch.chdir(tmp_path)
    model = copy.deepcopy(trained())
    names: dict[str, Any] = {"model": model, "train": TRAIN, "validation": VALIDATION}
    exec(block(PAGE, "python", "import hwsim, prune\nfrom pathlib"), names)
    assert capsys.readouterr().out.startswith(("49.", "50.0%"))
    given = model.get_parameter("hidden.weight")
    assert torch.equal(given, names["outcome"].state["hidden.weight"])
    assert sorted(path.name for path in (tmp_path / "pruned").iterdir()) == [
        "masks.safetensors",
        "weights.safetensors",
    ]


def test_the_whole_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Digits, trained and pruned from an empty file, cost two fifths of what they did."""
    names: dict[str, Any] = {}
    exec(block(PAGE, "python", "import hwsim, prune\nfrom prune"), names)
    assert capsys.readouterr().out.startswith(("39.", "40.0%"))
    assert torch.equal(names["model"].fc1.weight, names["outcome"].state["fc1.weight"])
    assert abs(names["outcome"].lost) < 2


def test_the_example_is_planned() -> None:
    """A network of one's own, of which one layer stays."""
    said = hwsim("prune", ROOT / "examples" / "prune.yaml", "--dry-run").stdout
    assert "at most 0.5 of the energy" in said
    assert [line.split()[0] for line in said.splitlines() if "stays" in line] == ["stem"]


def test_the_recipe_in_the_guide_is_one(tmp_path: Path) -> None:
    """The schema accepts it."""
    path = tmp_path / "recipe.yaml"
    path.write_text(block(PAGE, "yaml"), "utf-8")
    assert load(path).settings.layers["conv1"] == {"prune": False}
