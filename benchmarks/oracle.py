"""Prints what 24 densities of a layer cost the oracle: CPU time of the first question and the next.

python -m benchmarks.oracle
"""

import time

import numpy as np

import hwsim
from hwsim.oracle import Oracle

ARCHITECTURES = ("eyeriss", "cvpr17")
DENSITIES = 24
#: Milliseconds that we aim at for all of them, warm.
TARGET_MS = 5


def main() -> None:
    """A row a layer of AlexNet, batch 1, on each architecture."""
    print("weights at 24 densities, inputs and outputs at 0.4; CPU time, other densities when warm")
    print(f"{'':<16} searches  cold, ms  warm, ms")
    for name in ARCHITECTURES:
        chip = hwsim.load_architecture(name)
        for layer in hwsim.load_network("alexnet").layers:
            oracle = Oracle(architecture=chip, layer=layer)
            cold = asked_ms(oracle, np.linspace(0.02, 1, DENSITIES))
            warm = asked_ms(oracle, np.linspace(0.03, 0.99, DENSITIES))
            print(f"{name + ', ' + layer.name:<16} {oracle.searches:>8} {cold:>9.0f} {warm:>9.1f}")
    print(f"\nTarget, warm: {TARGET_MS} ms.")


def asked_ms(oracle: Oracle, weights: np.ndarray) -> float:
    """CPU milliseconds of one question."""
    start = time.process_time()
    oracle.energy(weights=weights, inputs=0.4, outputs=0.4)
    return (time.process_time() - start) * 1e3


if __name__ == "__main__":
    main()
