"""Prints the output error of pruned layers on images held out, by solver, and its CPU seconds.

python -m benchmarks.layers [alexnet.conv2 ...] [--solvers ols ...] [--images 500]

Inputs and outputs are those of the dense network, on images drawn by seed 0: as many as asked for
to calibrate with (every fifth is there to choose a ridge by, where rows are fewer than five for
each input), and a fifth as many, in common with no other use, for the errors that are printed.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from prune.data import open_images, split
from prune.models import build, definition
from prune.network.calibration import Sampling, calibrate, group_weights
from prune.solvers import SOLVERS, solver
from prune.solvers.gram import Evidence, Samples
from prune.training.memory import keep_memory
from prune.weights import load

DENSITIES = (0.25, 0.1, 0.05)


@dataclass(frozen=True)
class Case:
    """A layer of a trained network, and images to calibrate with."""

    model: str
    classes: int
    weights: str
    images: str
    layer: str


ALEXNET = ("alexnet", 10, "alexnet_imagenette10.npz", "imagenette160_train.npz")
GOOGLENET = ("googlenet", 1000, "googlenet_bvlc_fp16.npz", "imagenet_1750.npz")
RESNET = ("resnet20", 10, "cifar10_resnet20.npz", "cifar10/train")
CASES = {
    "alexnet.conv2": Case(*ALEXNET, "conv2"),
    "alexnet.conv3": Case(*ALEXNET, "conv3"),
    "googlenet.conv2": Case(*GOOGLENET, "conv2"),
    "resnet20.layer2.1.conv1": Case(*RESNET, "layer2.1.conv1"),
    "resnet20.layer3.1.conv1": Case(*RESNET, "layer3.1.conv1"),
    "alexnet.fc6": Case(*ALEXNET, "fc6"),
    "alexnet.fc7": Case(*ALEXNET, "fc7"),
}


@dataclass(frozen=True)
class Filters:
    """Weights (M, K) of a group, what its solvers see, and rows to report on."""

    weights: Tensor
    samples: Samples
    report: Evidence


def main() -> None:
    """A table for each layer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--solvers", nargs="*", default=list(SOLVERS.names()))
    parser.add_argument("--densities", nargs="*", type=float, default=DENSITIES)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    keep_memory()
    for name in asked.cases:
        start = time.process_time()
        groups = sampled(CASES[name], asked.data, asked.images)
        seconds = time.process_time() - start
        print_head(name, groups, asked, seconds)
        for solver_name in asked.solvers:
            print_row(solver_name, groups, asked.densities)
        print(flush=True)


def sampled(case: Case, data: Path, images: int) -> list[Filters]:
    """The groups of a layer, sampled."""
    network = build(case.model, classes=case.classes)
    load(network, data / case.weights)
    pictures = open_images(data / case.images, definition(case.model).preprocessing)
    drawn = images // 4  # of which every fifth, held out, is not reported on
    parts = split(pictures, {"calibration": images, "report": drawn, "rest": None})
    seen = {
        part: calibrate(
            network,
            network,
            [case.layer],
            DataLoader(parts[part], batch_size=25),
            Sampling(images=images, keep_rows=True),
        )[case.layer]
        for part in ("calibration", "report")
    }
    module = network.get_submodule(case.layer)
    assert isinstance(module, nn.Conv2d | nn.Linear)
    groups = zip(group_weights(module), seen["calibration"], seen["report"], strict=True)
    return [Filters(weights, samples, report.fit) for weights, samples, report in groups]


def print_head(name: str, groups: list[Filters], asked: argparse.Namespace, seconds: float) -> None:
    """What the table is of."""
    filters, fan_in = groups[0].weights.shape
    print(
        f"{name}: {len(groups)} x {filters} filters of {fan_in} inputs, {asked.images} images,"
        f" {groups[0].samples.fit.count} rows, sampled in {seconds:.0f} CPU s"
    )
    print(f"{'solver':<14}" + "".join(f"{density:>10} (CPU s)" for density in asked.densities))


def print_row(name: str, groups: list[Filters], densities: Sequence[float]) -> None:
    """Error and seconds of a solver at each density, one after the other."""
    cells, ways = [], []
    for density in densities:
        start = time.process_time()
        solved = [solver(name).solve(group.samples, group.weights, density) for group in groups]
        seconds = time.process_time() - start
        missed = sum(
            float(group.report.errors(one.weights).sum())
            for group, one in zip(groups, solved, strict=True)
        )
        error = missed / sum(float(group.report.energies.sum()) for group in groups)
        cells.append(f"{error:>10.4f} ({seconds:>5.1f})")
        ways.append(solved[0].how)
    print(f"{name:<14}" + "".join(cells) + f"  {ways[-1]}", flush=True)


if __name__ == "__main__":
    main()
