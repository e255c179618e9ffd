"""`hwsim prune` refuses what cannot be done, in a line and with a status, before anything is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from prune.models import build
from prune.weights import save
from tests.command.call import ROOT, hwsim
from tests.prune.small import RECIPE

MISFIT = """\
schema: hwsim/recipe/v1
model: digits
weights: desne.safetensors
data: {train: images}
architecture: eyeriss
set:
  components.bufer.capacity_bytes: 51200
goal: {energy: 0.5}
layers:
  conv*: {solver: ols}
  conv3: {prune: false}
  fc.1: {prune: false}
"""
ANSWER = """\
recipe.yaml:3:10: weights: no such file: desne.safetensors; did you mean dense.safetensors?
recipe.yaml:4:15: data.train: no such file: images
recipe.yaml:7:36: components.bufer: no 'bufer' in components; did you mean buffer?
recipe.yaml:11:3: layers.conv3: no layer that can be pruned matches; they are conv1, conv2, fc1, \
fc2; did you mean conv2?
recipe.yaml:12:3: layers.fc.1: no layer that can be pruned matches; they are conv1, conv2, fc1, \
fc2; did you mean fc1?
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a recipe and the weights that it names."""
    save(build("digits"), tmp_path / "dense.safetensors")
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without_torch(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process to which torch is not installed."""
    script = "import sys; sys.modules['torch'] = None; from hwsim.command import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def class_folders(folder: Path, classes: str) -> Path:
    """A folder with a folder for each class, and 30 black pictures in it."""
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(30):
            Image.new("L", (8, 8)).save(folder / name / f"{number}.png")
    return folder


def change(folder: Path, old: str, new: str) -> None:
    """Say something else in the recipe."""
    (folder / "recipe.yaml").write_text(RECIPE.replace(old, new), "utf-8")


def test_a_plan_predicts_and_does_nothing(folder: Path) -> None:
    """Energies, the floor and the densities that would be, and no file."""
    before = sorted(folder.iterdir())
    said = hwsim("prune", "recipe.yaml", "--dry-run").stdout
    assert "floor" in said
    assert "nothing has been pruned" in said
    assert "predicted" in said
    assert sorted(folder.iterdir()) == before


def test_a_layer_that_there_is_not_is_refused_at_its_place(folder: Path) -> None:
    """File, line and column of the pattern that matches nothing."""
    change(folder, "goal:", "layers: {conv3: {prune: false}}\ngoal:")
    refused = hwsim("prune", "recipe.yaml", "--dry-run", status=1)
    assert refused.stderr == (
        "recipe.yaml:6:10: layers.conv3: no layer that can be pruned matches; they are conv1,"
        " conv2, fc1, fc2; did you mean conv2?\n"
    )


def test_nothing_at_all_is_answered_by_what_can_be_said() -> None:
    """Not by the keys of a recipe."""
    refused = hwsim("prune", status=2)
    assert "--model, --weights, --data, --arch and a goal" in " ".join(refused.stderr.split())


def test_a_budget_that_cannot_be_is_refused_with_the_floor(folder: Path) -> None:
    """Once without a trace, once with the folder of a run that may then have another goal."""
    refused = hwsim("prune", "recipe.yaml", "--energy", "0.001", "--dry-run", status=1)
    assert "below the floor" in refused.stderr
    again = hwsim("prune", "recipe.yaml", "--energy", "0.001", status=1)
    assert again.stderr.endswith(refused.stderr)
    other = hwsim("prune", "recipe.yaml", "--energy", "0.002", status=1)
    assert "below the floor" in other.stderr


@pytest.mark.parametrize("goal", ["--energy", "--max-top1-loss"])
def test_a_chip_to_which_zeros_mean_nothing_is_refused(folder: Path, goal: str) -> None:
    """Whatever the goal: nothing can be saved there."""
    options = ("--arch", "eyeriss", goal, "0.5", "--dry-run")
    refused = hwsim("prune", "recipe.yaml", *options, status=1)
    assert "zero weights would save next to nothing on eyeriss" in refused.stderr


def test_a_checkpoint_of_another_model_is_refused(folder: Path) -> None:
    """What model it is of, and of which it should be."""
    change(folder, "model: digits", "model: resnet20")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "a checkpoint of another model, digits, not of ResNet" in refused.stderr


def test_weights_of_fewer_classes_are_taken_for_that(folder: Path) -> None:
    """Where nothing is said of classes, the weights say it; images of others are refused."""
    save(build("digits", classes=3), folder / "dense.safetensors")
    refused = hwsim("prune", "recipe.yaml", "--dry-run", status=1)
    assert (
        "digits: has an image of class 9, and the model knows those from 0 to 2" in refused.stderr
    )
    change(folder, "{train: digits}", "{train: digits, classes: [7, 8, 9]}")
    assert "10x64" not in hwsim("prune", "recipe.yaml", "--dry-run").stdout


def test_a_model_that_cannot_be_traced_is_refused(folder: Path) -> None:
    """Control flow that depends on values has no loop nest."""
    (folder / "odd.py").write_text(ODD, "utf-8")
    change(folder, "model: digits\nweights: dense.safetensors", "model: odd.py:model")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "torch.export" in refused.stderr


def test_a_model_that_is_compiled_is_planned_as_it_is(folder: Path) -> None:
    """A function may give it as it is used elsewhere; weights are found by the keys inside."""
    (folder / "odd.py").write_text(COMPILED, "utf-8")
    change(folder, "model: digits", "model: odd.py:model")
    told = hwsim("prune", "recipe.yaml", "--dry-run").stdout
    change(folder, "", "")
    assert told == hwsim("prune", "recipe.yaml", "--dry-run").stdout


def test_a_function_that_gives_no_model_is_refused(folder: Path) -> None:
    """The file and the function are named."""
    (folder / "odd.py").write_text("def model():\n    return 1\n", "utf-8")
    change(folder, "model: digits\nweights: dense.safetensors", "model: odd.py:model")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert refused.stderr == (
        "odd.py: model: must give a torch.nn.Module and a prune.Preprocessing\n"
    )


def test_code_that_fails_is_refused_with_its_line(folder: Path) -> None:
    """A file that cannot be imported, and a function that raises: no traceback of ours."""
    change(folder, "model: digits\nweights: dense.safetensors", "model: odd.py:model")
    for code, line in (("import nothing_like_it", 1), ("def model():\n    return [][1]", 2)):
        (folder / "odd.py").write_text(code, "utf-8")
        refused = hwsim("prune", "recipe.yaml", status=1)
        assert re.match(rf"odd\.py: model: line {line}: \w+Error: .+\n$", refused.stderr)


def test_images_of_another_shape_than_the_models_are_refused(folder: Path) -> None:
    """A preprocessing that is another model's says its shape."""
    (folder / "odd.py").write_text(ODD.replace('n("digits")', 'n("resnet20")'), "utf-8")
    change(folder, "model: digits\nweights: dense.safetensors", "model: odd.py:model")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "the model does not run on images of 3x32x32" in refused.stderr


def test_a_published_network_without_weights_is_refused(folder: Path) -> None:
    """Nobody wants random ones pruned."""
    change(folder, "weights: dense.safetensors\n", "")
    for command in ("prune", "check"):
        assert hwsim(command, "recipe.yaml", status=1).stderr == (
            "recipe.yaml:2:8: model: needs its trained `weights`: a published network has random"
            " ones here\n"
        )


def test_a_device_that_holds_no_numbers_is_refused(folder: Path) -> None:
    """Torch has such a one, for shapes."""
    refused = hwsim("prune", "recipe.yaml", "--device", "meta", status=1)
    assert refused.stderr.startswith("no device 'meta': ")


@pytest.mark.parametrize("options", [(), ("--restart",)])
def test_an_output_that_is_a_file_is_refused(folder: Path, options: tuple[str, ...]) -> None:
    """It stays what it is."""
    (folder / "out").write_text("mine", "utf-8")
    refused = hwsim("prune", "recipe.yaml", "--output", "out", *options, status=1)
    assert "out: is a file, and the output is a folder: choose another --output" in refused.stderr
    assert (folder / "out").read_text("utf-8") == "mine"


def test_folders_that_number_classes_otherwise_than_the_model_are_refused(folder: Path) -> None:
    """Fewer than its classes, or others than those to train, unless the recipe says which they
    are; a class without pictures is an empty folder.
    """
    some, other = class_folders(folder / "some", "abc"), class_folders(folder / "other", "abd")
    change(folder, "{train: digits}", "{train: some}")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "some: 3 folders for a model of 10 classes: they are numbered" in refused.stderr
    change(folder, "{train: digits}", "{train: some, test: other, classes: [0, 1, 2]}")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "other: not the folders of some: c is in one: they are" in refused.stderr
    for name in "cdefghij":
        (some / name).mkdir(exist_ok=True)
        (other / name).mkdir(exist_ok=True)
    change(folder, "{train: digits}", "{train: some, test: other}")
    options = ("--dry-run", "--max-top1-loss", "1")
    assert "nothing has been pruned" in hwsim("prune", "recipe.yaml", *options).stdout


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_class_too_many_is_refused_in_every_part(folder: Path, part: str) -> None:
    """Before anything is done."""
    class_folders(folder / "more", "abcdefghijk")
    change(folder, "{train: digits}", f"{{train: digits, {part}: more, classes: {[*range(11)]}}}")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "more: has an image of class 10, and the model knows those from 0 to 9" in refused.stderr


def test_the_demonstration_takes_no_recipe(folder: Path) -> None:
    """It has one of its own."""
    hwsim("prune", "--demo", "recipe.yaml", status=2)


def test_two_goals_are_a_wrong_usage(folder: Path) -> None:
    """An accuracy or an energy, not both."""
    hwsim("prune", "recipe.yaml", "--energy", "0.4", "--max-top1-loss", "1", status=2)


def test_a_recipe_is_checked_without_its_images(folder: Path) -> None:
    """`hwsim check` says what it is, and that of weights and images it only knows that they are."""
    (folder / "dense.safetensors").write_bytes(b"no weights")
    said = "ok (recipe recipe, digits on cvpr17; not tried: its weights and images)\n"
    assert hwsim("check", "recipe.yaml").stdout == f"recipe.yaml: {said}"
    (folder / "odd.py").touch()
    change(folder, "model: digits", "model: odd.py:model")
    assert "odd.py:model on cvpr17; not tried: its model," in hwsim("check", "recipe.yaml").stdout


def test_check_says_all_that_does_not_fit_together_in_a_recipe(folder: Path) -> None:
    """A chip, files and layers that there are not, and changes of what is not in the chip."""
    (folder / "recipe.yaml").write_text(MISFIT, "utf-8")
    assert hwsim("check", "recipe.yaml", status=1).stderr == ANSWER
    change(folder, "model: digits", "model: digit")
    refused = hwsim("check", "recipe.yaml", status=1)
    assert refused.stderr == "recipe.yaml:2:8: model: no model 'digit'; did you mean digits?\n"


def test_an_architecture_that_there_is_not_is_refused_where_it_is_named(folder: Path) -> None:
    """By `hwsim prune` as by `hwsim check`; nor need it be a name."""
    change(folder, "cvpr17", "cvpr71")
    for command in ("prune", "check"):
        refused = hwsim(command, "recipe.yaml", status=1)
        assert refused.stderr.startswith("recipe.yaml:5:15: architecture: no architecture 'cvpr71'")
    change(folder, "cvpr17", "mine.yaml")
    refused = hwsim("check", "recipe.yaml", status=1)
    assert refused.stderr.startswith("recipe.yaml:5:15: architecture: no such file")


def test_a_recipe_is_no_architecture(folder: Path) -> None:
    """The simulator says what the file is, and what it is for."""
    refused = hwsim("simulate", "recipe.yaml", "alexnet", status=1)
    assert refused.stderr == (
        "recipe.yaml:1:9: schema: is a recipe: `hwsim prune` does what it asks for, `hwsim check`"
        " checks it\n"
    )


def test_without_torch_what_is_no_recipe_is_checked(folder: Path) -> None:
    """And of a recipe it says what it needs."""
    chip = ROOT / "archs" / "eyeriss.yaml"
    ended = without_torch("check", "recipe.yaml", str(chip))
    assert ended.returncode == 1
    assert ended.stdout == f"{chip}: ok (architecture eyeriss)\n"
    assert ended.stderr == (
        "recipe.yaml: this needs the package torch: pip install 'hwsim[prune]'\n"
    )


def test_without_torch_it_says_what_to_install() -> None:
    """The simulator runs without the pruner's packages; the command names the extra."""
    ended = without_torch("prune", "--demo")
    assert ended.returncode == 1
    assert ended.stderr == "this needs the package torch: pip install 'hwsim[prune]'\n"


def test_weights_that_are_not_finite_are_refused(folder: Path) -> None:
    """The key is named, before anything is run."""
    model = build("digits")
    torch.nn.init.constant_(model.get_parameter("fc1.weight"), float("nan"))
    save(model, folder / "dense.safetensors")
    refused = hwsim("prune", "recipe.yaml", status=1)
    assert "fc1.weight: 32768 of its values are not finite" in refused.stderr


COMPILED = """\
import torch

from prune.models import build, definition


def model():
    return torch.compile(build("digits"), backend="eager"), definition("digits").preprocessing
"""

ODD = """\
from torch import nn

from prune import Preprocessing
from prune.models import definition


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, images):
        features = images.flatten(1)
        return self.layer(features) if float(features.sum()) > 0 else self.layer(-features)


def model():
    return Odd(), definition("digits").preprocessing
"""
