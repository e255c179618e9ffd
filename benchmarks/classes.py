"""Prints what is left of a network pruned for all of its classes, and of the same for a few.

    python -m benchmarks.classes benchmarks/recipes/squeezenet_classes.yaml \
        --train ../shared/data/imagenette160_train.npz --test ../shared/data/imagenette160_val.npz

The study of Yang, Chen, Sze, CVPR 2017: of fewer classes, weights fall much more than energy. The
network for a few classes has the filters of its last layer that belong to them, and the recipe
otherwise holds for both. Runs that were interrupted go on.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from hwsim.report.figures import si
from prune import models, weights
from prune.files import write
from prune.recipe import recipe
from prune.recipe.recipe import Recipe
from prune.recipe.task import performed
from prune.training.memory import keep_memory

#: Imagenette's, as ILSVRC numbers them.
FEW = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)
HEAD = (
    "classes",
    "weights left",
    "MACs left",
    "energy left",
    "test top-1, %",
    "test top-5, %",
)


def main() -> None:
    """Prunes both, then prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--classes", nargs="+", type=int, default=FEW)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    of_all = recipe.load(asked.recipe)
    few = for_few(of_all, asked.recipe, asked)
    rows = [HEAD, ("---",) * len(HEAD), *(row(one, reported(one)) for one in (of_all, few))]
    for cells in rows:
        print(f"| {' | '.join(cells)} |")


def for_few(of_all: Recipe, path: Path, asked: argparse.Namespace) -> Recipe:
    """The recipe for some of the classes, with weights that were cut to them."""
    output = of_all.output.with_name(f"{of_all.output.name}_{len(asked.classes)}")
    file = output / "dense.safetensors"
    write(file, save(cut(of_all, asked.classes)))
    options = {
        "weights": str(file.absolute()),
        "classes": len(asked.classes),
        "data.classes": list(asked.classes),
        "data.train": str(asked.train.absolute()),
        "data.test": str(asked.test.absolute()),
    }
    return replace(recipe.load(path, options), output=output)


def cut(of_all: Recipe, classes: Sequence[int]) -> dict[str, Tensor]:
    """The tensors of the network, of its last layer only the filters of these classes."""
    assert of_all.weights is not None
    model = models.build(of_all.model)
    weights.load(model, of_all.weights)
    few = models.build(of_all.model, classes=len(classes)).state_dict()
    return {
        key: tensor.contiguous() if tensor.shape == few[key].shape else tensor[list(classes)]
        for key, tensor in model.state_dict().items()
    }


def reported(one: Recipe) -> dict[str, Any]:
    """The report of a recipe, which is followed first."""
    print(performed(one, lambda line: print(line, file=sys.stderr)), file=sys.stderr, flush=True)
    report: dict[str, Any] = json.loads((one.output / "report.json").read_text("utf-8"))
    return report


def row(one: Recipe, report: Mapping[str, Any]) -> tuple[str, ...]:
    """What is left, also as a share of the dense network for as many classes."""
    test, ends = report["test"], ("before", "after")
    return (
        str(one.classes or models.definition(one.model).classes),
        _left(*(weights_of(one, report, when) for when in ends)),
        _left(*(computed(report, when) for when in ends)),
        _left(*(report["energy"][when] for when in ends)),
        *(_accuracy(one, test["before"], test["after"]) for one in (1, 5)),
    )


def weights_of(one: Recipe, report: Mapping[str, Any], when: str) -> float:
    """How many weights are not zero."""
    model = models.build(one.model, classes=one.classes)
    return sum(
        model.get_parameter(f"{layer}.weight").numel()
        * float(Fraction(said[when]["densities"]["weights"]))
        for layer, said in report["layers"].items()
    )


def computed(report: Mapping[str, Any], when: str) -> float:
    """The energy of MACs, which is their number on a chip that skips those of zeros."""
    return sum(float(said[when]["energy"]["compute"]) for said in report["layers"].values())


def _left(before: float, after: float) -> str:
    return f"{si(after)} ({100 * after / before:.1f} %)"


def _accuracy(rank: int, before: Mapping[str, float], after: Mapping[str, float]) -> str:
    was, now = (100 * one[f"top{rank}"] for one in (before, after))
    return f"{was:.2f} to {now:.2f} ± {100 * after[f'top{rank}_error']:.2f}"


if __name__ == "__main__":
    main()
