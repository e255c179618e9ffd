"""Prints docs/map.md: the rooms of both packages, as the contract and the code have them.

python docs/rooms.py > docs/map.md
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = ("hwsim", "prune")

HEAD = """\
# The map of the code

`python docs/rooms.py` prints this page from three sources: the contract in `pyproject.toml` (which
`lint-imports` checks), the imports in the code, and the first sentence of each room.

* There are two packages: `hwsim` is the simulator, and `prune` is the pruner, which stands on it.
* A **room** is a module or a folder right inside a package. It turns one thing into another, and
  its first sentence says which. `[brackets]` in a drawing are rooms.
* A **floor** has one room or several that do not know each other. A room imports only from floors
  below its own; floor 0 is the ground.

Beside the packages, `archs/` has the architectures that ship, `examples/` has files to copy from,
`benchmarks/` has the programs behind the measured figures, and `docs/` has the pages, with the
programs that print some of them. The folders of `tests/` are those of the rooms;
`tests/interpreter.py` executes a mapping element by element, and judges every count.
"""

WAYS = {
    "hwsim": """\
```text
an architecture in YAML      a network in YAML      ONNX, PyTorch
           |                         |                   |
    [specification]           [specification]       [importer]
           |                         |                   |
           |                         +---- [workload] ---+
           |                                   |
    [architecture] -- [estimators]             |     energies that the file does not say
           |                                   |
           +------------- [mapping] -----------+     given in a file; or found by [solve],
                              |                      in the [cache] or with the [mapper]
                         [accesses]                  words that cross every link
                              |
                           [cost]                    energy and cycles
                              |
                          [result]
                              |
                          [report]                   text, JSON, CSV
                              |
                         [command]                   to stdout, or to a file
```

`pipeline` is the table of contents: it calls these one after the other. `explanation` and `oracle`
ask `solve` the same question again, for changed architectures and for other densities.
""",
    "prune": """\
```text
a model and its weights      images      a chip and a goal
[models], [weights]          [data]      hwsim
        |                      |           |
        +---------------- [pipeline] ------+
                               |
                  rounds until the goal is met; of each layer
                    what it costs, from hwsim's oracle,
                    what it loses, from its inputs and outputs,
                    its weights, from one of the [solvers];
                  then fine-tuning, with the zeros held
                               |
                           [report]
```
""",
}


def document() -> str:
    """The page."""
    return "\n".join([HEAD, *(line for package in PACKAGES for line in _section(package))])


def floors(package: str) -> list[list[str]]:
    """The rooms of a package from the top floor to the ground, as the contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == [package]
    )
    return [re.findall(r"\w+", layer) for layer in contract["layers"]]


def _section(package: str) -> Iterator[str]:
    """The way of the data through a package, and its rooms."""
    yield f"## {package}\n\n{WAYS[package]}"
    yield "| floor | room | from what to what | knows |\n|--:|---|---|---|"
    known, storeys = _known(package), floors(package)
    for below, rooms in zip(reversed(range(len(storeys))), storeys, strict=True):
        for room in rooms:
            file = _file(package, room)
            name = f"{room}/" if file.name == "__init__.py" else file.name
            others = ", ".join(
                other for floor in storeys for other in floor if other in known[room]
            )
            yield f"| {below} | `{name}` | {_sentence(file)} | {others} |"
    yield ""


def _known(package: str) -> dict[str, set[str]]:
    """For each room the other rooms of its package that it imports from."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    rooms = [room for floor in floors(package) for room in floor]
    known: dict[str, set[str]] = {room: set() for room in rooms}
    for room in rooms:
        name = f"{package}.{room}"
        for module in {name, *graph.find_descendants(name)}:
            for imported in graph.find_modules_directly_imported_by(module):
                home, _, inside = imported.partition(".")
                if home == package and inside:
                    known[room].add(inside.split(".")[0])
        known[room].discard(room)
    return known


def _file(package: str, room: str) -> Path:
    """Where the room's sentence stands."""
    folder = ROOT / package / room
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _sentence(file: Path) -> str:
    """The first sentence of a module."""
    says = ast.get_docstring(ast.parse(file.read_text())) or ""
    return " ".join(says.split("\n\n")[0].split())


if __name__ == "__main__":
    print(document(), end="")
