"""`hwsim prune --demo` keeps its promise: digits at a quarter of the energy, files and all."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from typer.testing import Result

from prune.models import build
from prune.report.log import log_lines
from prune.training.masks import load_masks, masks_of
from prune.weights import load, read
from tests.command.call import hwsim

#: Standard errors of an accuracy on 300 images are half a point and more.
POINT = 0.01


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration goes."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def printed(output: Path) -> Result:
    """What the demonstration prints."""
    return hwsim("prune", "--demo", "--output", output)


@pytest.fixture(scope="module")
def report(printed: Result, output: Path) -> dict[str, Any]:
    """The demonstration's report."""
    assert "written to" in printed.stderr
    told: dict[str, Any] = json.loads((output / "report.json").read_text("utf-8"))
    return told


def test_digits_cost_a_quarter_at_less_than_a_point(report: dict[str, Any]) -> None:
    """Four times less energy, on images that decided how far to go and on others that did not."""
    share = report["energy"]["after"] / report["energy"]["before"]
    assert 0.995 * 0.25 <= share <= 0.25
    for images in ("validation", "test"):
        assert report[images]["before"]["top1"] > 0.95
        assert report[images]["after"]["top1"] > report[images]["before"]["top1"] - POINT


def test_the_weights_load_into_the_unchanged_model(report: dict[str, Any], output: Path) -> None:
    """Their keys are the model's; their zeros are those of the masks, and as many as reported."""
    model = build("digits")
    load(model, output / "weights.safetensors")
    kept = load_masks(output / "masks.safetensors")
    assert kept.keys() == masks_of(model).keys()
    for key, mask in kept.items():
        assert torch.equal(mask, model.get_parameter(key) != 0)
        layer = report["layers"][key.removesuffix(".weight")]["after"]
        assert float(mask.double().mean()) == float(Fraction(layer["densities"]["weights"]))


def test_layers_and_tensors_add_up(report: dict[str, Any]) -> None:
    """The energies of the layers by tensor sum to the network's."""
    for when in ("before", "after"):
        parts = [part for one in report["layers"].values() for part in one[when]["energy"].values()]
        assert sum(parts) == pytest.approx(report["energy"][when], rel=1e-12)


def test_the_front_predicts_the_least_that_is_lost_at_any_energy(report: dict[str, Any]) -> None:
    """Output errors are the less the more energy is spent, and the dense network has none."""
    front = [(one["energy"], one["error"]) for one in report["front_predicted"]]
    energies, errors = zip(*front, strict=True)
    assert list(energies) == sorted(set(energies))
    assert list(errors) == sorted(set(errors), reverse=True)
    assert energies[0] < report["energy"]["after"] < energies[-1]
    assert energies[-1] == pytest.approx(report["energy"]["before"], rel=0.02)
    assert errors[-1] == pytest.approx(0, abs=1e-6)


def test_every_step_is_in_the_log(report: dict[str, Any], output: Path) -> None:
    """A line for the start, for each layer that was solved, and for each round."""
    told = {line["step"]: line for line in log_lines(output / "log.jsonl")}
    assert {"start", *(one["name"] for one in report["rounds"])} <= told.keys()
    solved = [line for line in told.values() if "density" in line]
    assert {line["layer"] for line in solved} >= {"fc1", "conv2"}
    assert all(line["energy"] < line["energy_before"] for line in solved)


def test_there_is_a_picture(report: dict[str, Any], output: Path) -> None:
    """A PNG that a viewer opens."""
    with Image.open(output / "energy.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 300


def test_what_is_printed_says_where_numbers_are_from(printed: Result) -> None:
    """Measured or predicted, on what images, and what these decided."""
    assert "the chip's least for densities measured on 100 held-out images" in printed.stdout
    assert "measured on 300 images; they decided nothing" in printed.stdout
    assert "both predicted; at most" in printed.stderr
    assert "are measured; energies are the chip's least" in printed.stderr


def test_the_same_command_goes_on_from_its_end(report: dict[str, Any], output: Path) -> None:
    """Called again, it takes every step from its folder, and says the same."""
    text = (output / "report.json").read_text("utf-8")
    log = (output / "log.jsonl").read_text("utf-8")
    weights = read(output / "weights.safetensors").tensors
    hwsim("prune", "--demo", "--output", output)
    assert (output / "report.json").read_text("utf-8") == text
    assert (output / "log.jsonl").read_text("utf-8") == log
    again = read(output / "weights.safetensors").tensors
    assert all(torch.equal(weights[key], again[key]) for key in weights)


def test_another_goal_in_the_same_folder_is_refused(report: dict[str, Any], output: Path) -> None:
    """Nothing is lost by a command that was meant for another folder."""
    refused = hwsim("prune", "--demo", "--output", output, "--energy", "0.5", status=1)
    assert "holds a run that differs in goal" in refused.stderr
    assert "--restart" in refused.stderr
