"""Turns a rival, a network, a hierarchy and layers into a line of JSON for each layer.

python -m benchmarks.rivals zigzag alexnet split conv1 fc8
"""

import argparse
import json
import sys

from benchmarks.problem import DECLARED, network, problem
from benchmarks.rivals.environment import NEEDS_PYTHON, PythonMissingError, answer


def asked() -> argparse.Namespace:
    """What the command line asks for, all of it declared."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals")
    parser.add_argument("rival", choices=NEEDS_PYTHON)
    parser.add_argument("network", choices=sorted(file.stem for file in DECLARED.glob("*.json")))
    parser.add_argument("hierarchy")
    parser.add_argument("layers", nargs="*", help="all of the network's, when none is named")
    given = parser.parse_args()
    declared = network(given.network)
    given.layers = given.layers or list(declared["layers"])
    unknown = {given.hierarchy, *given.layers} - {*declared["hierarchies"], *declared["layers"]}
    if unknown:
        parser.error(f"{given.network} declares no {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    """Ask a rival about every layer that is named, or about all of them."""
    given = asked()
    try:
        for layer in given.layers:
            told = answer(given.rival, problem(given.network, given.hierarchy, layer))
            print(json.dumps(told), flush=True)
    except PythonMissingError as missing:
        print(missing, file=sys.stderr)


if __name__ == "__main__":
    main()
