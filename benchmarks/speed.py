"""Prints the CPU time of `hwsim simulate`, cold and without a cache, and of single searches, warm.

python -m benchmarks.speed
"""

import os
import resource
import statistics
import subprocess
import sys
import time

import hwsim
from hwsim.mapper import mapped

#: Network, batch, and the CPU seconds that we aim at on two cores.
TARGETS = (("alexnet", 1, 2), ("alexnet", 16, 10), ("googlenet", 1, 10), ("vgg16", 4, 20))
#: Milliseconds of a median layer, warm.
WARM_MS = 100
ARCHITECTURE = "eyeriss"
COMMAND = (sys.executable, "-m", "hwsim", "simulate", "--no-cache", "--format", "json")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def main() -> None:
    """The table."""
    print(f"{ARCHITECTURE:<18} layers  cold, CPU s   target  median warm, ms")
    for name, batch, target in TARGETS:
        warm = sorted(warm_ms(name, batch))
        cold = cold_s(name, batch)
        what = f"{name}, batch {batch}"
        median = statistics.median(warm)
        print(f"{what:<18} {len(warm):>6} {cold:>12.2f} {target:>7} {median:>16.0f}")
    print(f"\nTarget of the median: {WARM_MS} ms. Cold: the whole command, imports included.")


def cold_s(network: str, batch: int) -> float:
    """CPU seconds of the command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*COMMAND, ARCHITECTURE, network, "--batch", str(batch)],
        stdout=subprocess.DEVNULL,
        env={**os.environ, **ONE_THREAD},
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def warm_ms(network: str, batch: int) -> list[float]:
    """CPU milliseconds of the search for each layer, after one that is not counted."""
    chip, net = hwsim.load_architecture(ARCHITECTURE), hwsim.load_network(network, batch)
    mapped(chip, net.layers[0])
    taken = []
    for layer in net.layers:
        start = time.process_time()
        mapped(chip, layer)
        taken.append((time.process_time() - start) * 1e3)
    return taken


if __name__ == "__main__":
    main()
