"""Prints hwsim beside a rival: energies and CPU times, and their ratios, measured in one run.

    python -m benchmarks.compare zigzag split
    python -m benchmarks.compare accelforge uni fc6 fc7 fc8

Each runs in a process and an environment of its own, on one thread, on the same problem and in the
rival's convention (see `rivals/`). CPU times are those of the search, without imports; AccelForge
takes about 14 minutes for a convolution. Energies are those of the rival's best mapping, and of its
best one whose loops all take whole numbers of steps. ZigZag is asked for several ways to use the
array: CPU times are those of the best way alone, and of all of them.
"""

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.problem import network, problem
from benchmarks.rivals.environment import ONE_THREAD, PythonMissingError, answer

Answer = dict[str, Any]

HEADS = (
    "",
    "energy, hwsim",
    "rival",
    "ratio",
    "if whole",
    "ratio",
    "CPU s, hwsim",
    "rival",
    "all tried",
    "times faster",
)
WIDTHS = (6, 13, 8, 6, 8, 6, 12, 7, 9, 12)


def main() -> None:
    """A row a layer, and the totals."""
    rival, hierarchy, *layers = sys.argv[1:]
    print(f"{rival}, AlexNet, batch 1, {hierarchy}; energy in 1e6 MACs")
    print(row(HEADS))
    rows = []
    for layer in layers or network("alexnet")["layers"]:
        given = problem("alexnet", hierarchy, layer)
        rows.append((ours(given, rival), answer(rival, given)))
        print(row(cells(layer, rows[-1:])), flush=True)
    print(row(cells("all", rows)))


def ours(given: dict[str, Any], rival: str) -> Answer:
    """What hwsim answers, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.ours", rival],
        env={**os.environ, **ONE_THREAD},
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answered: Answer = json.loads(told.stdout)
    return answered


def cells(name: str, rows: list[tuple[Answer, Answer]]) -> tuple[str, ...]:
    """Energies and times of one layer, or summed over several."""
    energies = [sum(pair[who]["energy"] for pair in rows) / 1e6 for who in (0, 1)]
    whole = sum(min(one["energy"] for one in tried(it) if one.get("whole", True)) for _, it in rows)
    seconds = [sum(pair[who]["cpu_s"] for pair in rows) for who in (0, 1)]
    seconds.append(sum(one["cpu_s"] for _, it in rows for one in tried(it)))
    unproven = "" if all(pair[0]["proven"] for pair in rows) else " not proven"
    return (
        name,
        *(f"{energy:.2f}" for energy in energies),
        f"{energies[0] / energies[1]:.4f}",
        f"{whole / 1e6:.2f}",
        f"{energies[0] / whole * 1e6:.4f}",
        *(f"{second:.2f}" for second in seconds),
        f"{seconds[1] / seconds[0]:.0f} to {seconds[2] / seconds[0]:.0f}{unproven}",
    )


def tried(answer: Answer) -> list[Answer]:
    """All that the rival was asked for, or the one."""
    asked: list[Answer] = answer.get("tried", [answer])
    return asked


def row(texts: tuple[str, ...]) -> str:
    """The texts in columns."""
    return "  ".join(text.rjust(width) for text, width in zip(texts, WIDTHS, strict=True))


if __name__ == "__main__":
    try:
        main()
    except PythonMissingError as missing:
        sys.exit(str(missing))
