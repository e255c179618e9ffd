"""Turns the names of a network, a hierarchy and a layer into the problem that simulators are given.

A problem is plain JSON: a layer's `bounds` (N batch, G groups, M output channels and C input
channels of one group, P x Q outputs, R x S weights, `stride`), an `array` of processing elements,
and its `storages`, outermost first. Every read and every write of a word costs `energy_per_word`,
one multiply-accumulate `mac_energy`; moving a word between storages costs nothing more.

    python -m benchmarks.problem alexnet split conv1
"""

import json
import sys
from pathlib import Path
from typing import Any

DECLARED = Path(__file__).parent / "problems"


def network(name: str) -> dict[str, Any]:
    """Everything that is declared about a network: its hierarchies, layers, array and words."""
    declared: dict[str, Any] = json.loads((DECLARED / f"{name}.json").read_text())
    return declared


def problem(name: str, hierarchy: str, layer: str) -> dict[str, Any]:
    """One layer of a network on one hierarchy."""
    declared = network(name)
    return {
        "network": name,
        "hierarchy": hierarchy,
        "layer": layer,
        "bounds": declared["layers"][layer],
        "array": declared["array"],
        "word_bits": declared["word_bits"],
        "mac_energy": declared["mac_energy"],
        "storages": declared["hierarchies"][hierarchy],
    }


def given(files: list[str]) -> dict[str, Any]:
    """The problem in the file that is named, else on standard input."""
    text = Path(files[0]).read_text() if files else sys.stdin.read()
    problem: dict[str, Any] = json.loads(text)
    return problem


if __name__ == "__main__":
    print(json.dumps(problem(*sys.argv[1:]), indent=2))
