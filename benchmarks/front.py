"""Prints accuracy against energy of a recipe's network, pruned by several methods and seeds.

    python -m benchmarks.front benchmarks/recipes/resnet20.yaml --energies 0.5 0.65 --seeds 0 1 2

Each network is fine-tuned for as many steps as every other, `--steps` in all: what its rounds left
of them comes after the last. The energy is measured after that, so it may differ a little from the
one aimed at. The recipe's test images, which decide nothing, are evaluated last. A result is kept
in the folder, and not made again.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch.utils.data import Dataset

from prune.files import write
from prune.pipeline import ready
from prune.recipe import recipe, task
from prune.recipe.recipe import Recipe
from prune.run.bench import Bench
from prune.run.outcome import Outcome
from prune.run.position import weight_of
from prune.run.tune import tuned
from prune.schedule import reach
from prune.training.memory import keep_memory

METHODS: Mapping[str, Mapping[str, object]] = {
    "magnitude": {"method": "layers", "solver": "magnitude", "rounds.most": 1},
    "eap": {"method": "layers", "solver": "eap", "rounds.most": 1},
    "ours": {"method": "budget", "solver": "obc"},
    "ours, ols": {"method": "budget", "solver": "ols"},
}
#: `paired` is the mean standard error of what one network lost, image by image.
HEAD = (
    "energy",
    "method",
    "seeds",
    "energy in the end",
    "weights left",
    "top-1, %",
    "lost, points",
    "paired",
    "ahead of `eap`",
    "CPU s",
)
BUILD = Path(__file__).parents[1] / "build"


def main() -> None:
    """Prunes what is not yet there, then prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument("--energies", nargs="*", type=float, default=[0.5])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=BUILD / "front")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    found = []
    dense = asked.folder / f"{named(asked, recipe.load(asked.recipe))}-dense.json"
    for seed, energy, method in product(asked.seeds, asked.energies, asked.methods):
        options = {**METHODS[method], "goal.energy": energy, "seed": seed}
        wanted = recipe.load(asked.recipe, options)
        folder = asked.folder / f"{named(asked, wanted)}-{method}-{energy:g}-{seed}"
        if not (folder / "result.json").is_file():
            one = {"method": method, "energy": energy, "seed": seed}
            one |= result(wanted, asked.steps, folder, dense)
            write(folder / "result.json", json.dumps(one).encode())
        found.append(json.loads((folder / "result.json").read_text()))
        print("\n".join(table(found)), flush=True)


def named(asked: argparse.Namespace, wanted: Recipe) -> str:
    """What is kept under this name depends on nothing else that was asked."""
    return f"{asked.recipe.stem}-{asked.steps}-{wanted.digest[:8]}"


def result(wanted: Recipe, steps: int, folder: Path, dense: Path) -> dict[str, Any]:
    """What became of a network: its energies, and which test images it and the dense one knew."""
    began = time.process_time()
    work = task.assignment(wanted)
    bench = ready(work.bench, work.goal, folder=folder)
    outcome = reach(bench, work.goal)
    last = bench.position(tuned_on(bench, outcome, steps))
    seconds = time.process_time() - began
    write(folder / "weights.safetensors", save(dict(last.state)))
    return {
        "met": outcome.share,
        "share": last.seen.energy / outcome.before.energy,
        "density": density(bench, last.state),
        "dense": of_dense(bench, work.test, dense),
        "pruned": known(bench, last.state, work.test),
        "seconds": seconds,
    }


def of_dense(bench: Bench, images: Dataset[Any], path: Path) -> list[int]:
    """What the dense network knows, evaluated once for all results of the folder."""
    if not path.is_file():
        write(path, json.dumps(known(bench, bench.given.dense.state_dict(), images)).encode())
    return list(json.loads(path.read_text()))


def known(bench: Bench, state: Mapping[str, torch.Tensor], images: Dataset[Any]) -> list[int]:
    """For each image 1 if the network with these tensors knows its class, or else 0."""
    return (bench.running.evaluation(state, images).ranks < 1).int().tolist()


def tuned_on(bench: Bench, outcome: Outcome, steps: int) -> Mapping[str, torch.Tensor]:
    """The pruned network, fine-tuned until it had so many steps."""
    left = steps - sum(stage.steps for stage in outcome.rounds)
    if left <= 0:
        return outcome.state
    settings = bench.given.settings
    longer = replace(settings, finetune=replace(settings.finetune, steps=left))
    further = replace(bench, given=replace(bench.given, settings=longer))
    return tuned(further, outcome.state, "end")


def density(bench: Bench, state: Mapping[str, torch.Tensor]) -> float:
    """The share of weights that are not zero, of all layers that may be pruned."""
    weights = [state[weight_of(layer)] for layer in bench.given.layers]
    return sum(int(one.count_nonzero()) for one in weights) / sum(one.numel() for one in weights)


def table(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Means over seeds, with the standard errors of these means."""
    dense = found[0]["dense"]
    yield f"\ndense: {100 * mean(dense):.2f} % of {len(dense)} images"
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{'---|' * len(HEAD)}"
    for energy, method in dict.fromkeys((one["energy"], one["method"]) for one in found):
        rows = [one for one in found if (one["energy"], one["method"]) == (energy, method)]
        yield row(energy, method, rows, ahead(rows, found))


def row(
    energy: float, method: str, rows: Sequence[Mapping[str, Any]], lead: Sequence[float]
) -> str:
    """The row of a method at an energy."""
    accuracies = [100 * mean(one["pruned"]) for one in rows]
    lost = [100 * mean(one["dense"]) - a for one, a in zip(rows, accuracies, strict=True)]
    cells = (
        f"{energy:g}",
        f"`{method}`",
        len(rows),
        f"{mean(one['share'] for one in rows):.3f}",
        f"{mean(one['density'] for one in rows):.3f}",
        spread(accuracies),
        spread(lost),
        f"± {mean(map(paired, rows)):.2f}",
        spread(lead),
        f"{mean(one['seconds'] for one in rows):.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def ahead(rows: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[float]:
    """By seed, the points of accuracy more than those of `eap` at the same energy."""
    others = {
        one["seed"]: one["pruned"]
        for one in found
        if one["method"] == "eap" and one["energy"] == rows[0]["energy"]
    }
    return [
        100 * (mean(one["pruned"]) - mean(others[one["seed"]]))
        for one in rows
        if one["method"] != "eap" and one["seed"] in others
    ]


def spread(values: Sequence[float]) -> str:
    """The mean, with its standard error where there are several."""
    if not values:
        return ""
    error = f" ± {stdev(values) / sqrt(len(values)):.2f}" if len(values) > 1 else ""
    return f"{mean(values):.2f}{error}"


def paired(one: Mapping[str, Any]) -> float:
    """The standard error of what a network lost, image by image, in points."""
    dense, pruned = (np.array(one[name], float) for name in ("dense", "pruned"))
    return float(100 * (dense - pruned).std() / sqrt(len(dense)))


if __name__ == "__main__":
    main()
