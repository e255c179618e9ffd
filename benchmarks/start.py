"""Prints what commands cost that search nothing, beside Python with numpy and yaml.

    python -m benchmarks.start

Each line has the least CPU seconds of several runs, and how many times those of the first line.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

import hwsim
from hwsim.cache import FOLDER, user_cache

RUNS = 9
SIMULATE = ("-m", "hwsim", "simulate", "eyeriss", "alexnet")
COMMANDS = {
    "python, numpy and yaml": ("-c", "import numpy, yaml"),
    "hwsim --help": ("-m", "hwsim", "--help"),
    "hwsim list": ("-m", "hwsim", "list"),
    "hwsim simulate eyeriss alexnet, all kept": SIMULATE,
}


def main() -> None:
    """A line a command, then one of a kept layer within a process."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {FOLDER: folder, "OMP_NUM_THREADS": "1"}
        cpu_seconds(SIMULATE)  # which keeps the mappings
        least = {
            name: min(cpu_seconds(words) for _ in range(RUNS)) for name, words in COMMANDS.items()
        }
        floor = next(iter(least.values()))
        for name, seconds in least.items():
            print(f"{name:<40} {seconds:6.3f} s {seconds / floor:5.1f}")
        layers = [min(layer_ms(name) for _ in range(RUNS)) for name in ("alexnet", "googlenet")]
    print("a kept layer on eyeriss, ms: {:.1f} of alexnet, {:.1f} of googlenet".format(*layers))


def layer_ms(name: str) -> float:
    """CPU milliseconds of a layer's shape whose mapping is kept: read, checked, counted, priced."""
    chip, network = hwsim.load_architecture("eyeriss"), hwsim.load_network(name)
    hwsim.simulate(chip, network, cache=user_cache())
    start = time.process_time()
    result = hwsim.simulate(chip, network, cache=user_cache())
    seconds = time.process_time() - start
    return seconds * 1e3 / len({id(each.counts) for each in result.layers})


def cpu_seconds(words: tuple[str, ...]) -> float:
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
