"""Prints what pruned networks cost and lost, beside the dense ones, on images that decided nothing.

For each recipe that `hwsim prune` has run, the network that was given and the one in the output
folder see the same test images, so that differences have paired standard errors. Energies are the
chip's least with zeros measured on the first of these images. `--beside` is a file of weights of
the same network, pruned by somebody else, priced and tested in the same way.

    python -m benchmarks.pruned RECIPE... [--beside WEIGHTS] [--batches 16 1]
"""

import argparse
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import nn
from torch.utils.data import DataLoader

import hwsim
from prune import models, weights
from prune.network.evaluate import Evaluation, evaluate
from prune.oracle import layer_energies, oracles
from prune.recipe.recipe import Recipe, load
from prune.recipe.task import image_parts
from prune.training.memory import keep_memory

#: Test images on which zeros are counted.
MEASURED: Final = 100
BATCH: Final = 50


class Found(NamedTuple):
    """What is known of a network: energies of an image by batch, and the share of weights left."""

    evaluation: Evaluation
    energies: Mapping[int, float]
    left: float


def main() -> None:
    """The table, in Markdown."""
    torch.set_num_threads(1)
    keep_memory()
    options = parsed()
    known: dict[str, Found] = {}
    heads = [f"energy, batch {batch}" for batch in options.batches]
    columns = ("network", *heads, "weights left, %", "top-1, %", "change", "top-5, %", "change")
    print(f"| {' | '.join(columns)} |\n| --- |{' --: |' * (len(columns) - 1)}")
    for path in options.recipes:
        recipe = load(path)
        dense = recipe.weights
        others = [recipe.output / "weights.safetensors", *options.beside]
        for file in [dense, *others]:
            name = f"{recipe.model}, {file}"
            if name not in known:
                known[name] = found(recipe, file, options.batches)
                label = f"{path.stem}, pruned" if file == others[0] else file.stem
                print(row(label, known[name], known[f"{recipe.model}, {dense}"]), flush=True)


def row(name: str, one: Found, dense: Found) -> str:
    """A line of the table: shares of the dense network's energy, points gained over it."""
    shares = [f"{one.energies[batch] / dense.energies[batch]:.3f}" for batch in one.energies]
    tops = []
    for k in (1, 5):
        gain, error = one.evaluation.gain(dense.evaluation, k)
        change = "" if one is dense else f"{100 * gain:+.2f} ± {100 * error:.2f}"
        tops += [f"{100 * one.evaluation.accuracy(k):.1f}", change]
    return f"| {' | '.join([name, *shares, f'{100 * one.left:.1f}', *tops])} |"


def found(recipe: Recipe, file: Path, batches: Sequence[int]) -> Found:
    """What the recipe's network is with the weights of a file."""
    model = models.build(recipe.model, classes=recipe.classes)
    weights.load(model, file)
    test = image_parts(recipe, models.definition(recipe.model).preprocessing)["test"]
    loader = DataLoader(test, batch_size=BATCH)
    some = [images for images, _ in islice(loader, MEASURED // BATCH)]
    data = hwsim.measure(model, some).data
    chip = hwsim.load_architecture(recipe.architecture, recipe.changes)
    spent = {}
    for batch in batches:
        network = hwsim.from_torch(model, some[0][:1], batch=batch)
        spent[batch] = sum(layer_energies(oracles(chip, network), data).values()) / batch
    return Found(evaluation=evaluate(model, loader), energies=spent, left=left(model))


def left(model: nn.Module) -> float:
    """The share of the weights of convolutions and linear layers that are not zero."""
    tensors = [one.weight for one in model.modules() if isinstance(one, nn.Conv2d | nn.Linear)]
    return sum(int(one.count_nonzero()) for one in tensors) / sum(one.numel() for one in tensors)


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", type=Path, nargs="+")
    parser.add_argument("--beside", type=Path, nargs="*", default=[])
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 1])
    return parser.parse_args()


if __name__ == "__main__":
    main()
