"""Prints what searching mappings at few levels of density costs in energy, and saves in time.

    python -m benchmarks.levels [alexnet googlenet] [--batch 4] [--points 8]

Random densities of every layer's three tensors are priced by an oracle that searches at each of
them, and by oracles with few levels; no cache is used.
"""

import argparse
import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

import hwsim
from hwsim.oracle import Oracle
from hwsim.workload.layer import Layer

LEVELS = (None, 4, 2)


def main() -> None:
    """A line for each network and number of levels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["alexnet", "squeezenet1_0"])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--points", type=int, default=12)
    asked = parser.parse_args()
    print("| network | levels | searches | CPU s | excess, mean | excess, most |")
    print("|---|---|---|---|---|---|")
    for name in asked.networks:
        layers = hwsim.load_network(name, batch=asked.batch).layers
        exact = None
        for levels in LEVELS:
            began = time.process_time()
            energies, searches = priced(layers, levels, asked.points)
            exact = energies if exact is None else exact
            over = energies / exact - 1
            seconds = time.process_time() - began
            cells = (name, levels or "every density", searches, f"{seconds:.1f}")
            print(f"| {' | '.join(map(str, cells))} | {over.mean():.1e} | {over.max():.1e} |")


def priced(
    layers: Iterable[Layer], levels: int | None, points: int
) -> tuple[NDArray[np.float64], int]:
    """Energies at random densities, the same ones each time, and how many searches they took."""
    chip, random = hwsim.load_architecture("cvpr17"), np.random.default_rng(0)
    found, searches = [], 0
    for layer in layers:
        oracle = Oracle(architecture=chip, layer=layer, levels=levels)
        for weights, inputs, outputs in random.uniform((0.02, 0.2, 0.2), (1, 1, 1), (points, 3)):
            found.append(float(oracle.energy(weights=weights, inputs=inputs, outputs=outputs)))
        searches += oracle.searches
    return np.array(found), searches


if __name__ == "__main__":
    main()
