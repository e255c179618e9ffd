"""Prints what a pruned network costs at several batches of the chip, beside the dense one.

    python -m benchmarks.batches RECIPE.yaml weights.safetensors [--batches 1 4 16 48]

Zeros of activations are counted once, on the recipe's held-out images; batches differ in the
mapping, and in how many images share a weight that was read.
"""

import argparse
from pathlib import Path

import torch

from hwsim.importer.pytorch import from_torch
from prune import weights
from prune.oracle import layer_energies, oracles
from prune.recipe import recipe, task
from prune.training.memory import keep_memory


def main() -> None:
    """A line for each batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--batches", nargs="*", type=int, default=[1, 4, 16, 48])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    bench = task.assignment(recipe.load(asked.recipe)).bench
    states = (bench.given.dense.state_dict(), dict(weights.read(asked.weights).tensors))
    contents = [bench.running.contents(state) for state in states]
    print("| batch | dense, MACs an image | pruned | dense over pruned |")
    print("|---|---|---|---|")
    for batch in asked.batches:
        network = from_torch(bench.given.dense, bench.given.calibration[0][:1], batch=batch)
        priced = oracles(bench.given.chip, network)
        before, after = (sum(layer_energies(priced, seen).values()) / batch for seen in contents)
        print(f"| {batch} | {before:.3e} | {after:.3e} | {before / after:.2f} |", flush=True)


if __name__ == "__main__":
    main()
