"""Prints what a recipe's network loses and saves, pruned in one pass to given densities.

    python -m benchmarks.uniform RECIPE.yaml --densities 'conv*=0.2' 'fc*=0.1' [--folder FOLDER]

Of several patterns that match a layer the last counts; what none matches stays as it is. Every
layer is solved once in the order of computing, on the inputs of the network pruned so far; nothing
is fine-tuned, and no image chooses anything. The test images are evaluated at the end.
"""

import argparse
import time
from fnmatch import fnmatchcase
from pathlib import Path

import torch
from safetensors.torch import save

from prune.files import write
from prune.methods.layer import solutions
from prune.oracle import layer_energies
from prune.recipe import recipe, task
from prune.run.bench import Bench
from prune.run.position import State, weight_of
from prune.training.memory import keep_memory


def main() -> None:
    """A line for each layer, then energies and accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--densities", nargs="+", required=True)
    parser.add_argument("--folder", type=Path, default=Path("build/uniform"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    work = task.assignment(recipe.load(asked.recipe))
    bench, dense = work.bench, dict(work.bench.given.dense.state_dict())
    pruned = solved(bench, dense, dict(pair.split("=") for pair in asked.densities))
    write(asked.folder / "weights.safetensors", save(dict(pruned)))
    before, after = (
        sum(layer_energies(bench.given.oracles, bench.running.contents(state)).values())
        for state in (dense, pruned)
    )
    print(f"energy {before:.4g} to {after:.4g}: {before / after:.2f} times less", flush=True)
    found = bench.running.evaluation(pruned, work.test)
    print(f"test, {len(found)} images: {told(found.top1, found.standard_error(1))}", flush=True)
    known = bench.running.evaluation(dense, work.test)
    print(f"dense: {told(known.top1, known.standard_error(1))}")
    print(f"difference, paired: {told(*found.gain(known, 1))}")
    print(f"{time.process_time():.0f} CPU s in all")


def solved(bench: Bench, state: State, densities: dict[str, str]) -> State:
    """The network with every layer at its density."""
    for layer in bench.given.layers:
        wanted = [of for pattern, of in densities.items() if fnmatchcase(layer, pattern)]
        if not wanted:
            continue
        began = time.process_time()
        (found,) = solutions(bench, state, layer, [float(wanted[-1])])
        state = {**state, weight_of(layer): found.weights}
        seconds = time.process_time() - began
        print(
            f"{layer:<8} density {found.density:.4f}, error {found.error:.4f},"
            f" {seconds:.1f} CPU s, {found.how}",
            flush=True,
        )
    return state


def told(share: float, error: float) -> str:
    """A share and its standard error in per cent."""
    return f"{100 * share:.2f} ± {100 * error:.2f} %"


if __name__ == "__main__":
    main()
