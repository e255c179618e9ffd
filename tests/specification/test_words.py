"""Schema and code know the same words: what `hwsim check` lets through, every stage understands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hwsim import load_architecture, load_network, simulate
from hwsim.architecture.charging import DRAINS, FILLS, FIRST_READS, OPERANDS
from hwsim.architecture.components import KINDS, NO_FORMAT, Mover
from hwsim.architecture.units import UNITS
from hwsim.cost import COMPUTE
from hwsim.cost.actions import ACTIONS
from hwsim.cost.energy import CHARGE_BY
from hwsim.mapping.build import BYPASS
from hwsim.report import layout
from hwsim.sparsity.formats import FORMATS
from hwsim.sparsity.width import LAWS
from hwsim.sparsity.zeros import ON_ZERO
from hwsim.vocabulary import DIMENSIONS, JOINT, TENSORS, Objective, Tiles
from hwsim.workload import nodes
from hwsim.workload.convolution import MATRIX_PRODUCT
from hwsim.workload.data import Data
from tests.command.call import NET, ROOT

SCHEMAS = sorted((ROOT / "hwsim" / "schemas").glob("*/v1.json"))
#: What stands between the name of a choice and its words in a schema.
STRUCTURE = {"items", "properties", "additionalProperties", "propertyNames", *TENSORS}
#: By the schema and the name of a choice, or by its name alone, the words that the code knows.
KNOWN: dict[str, set[str]] = {
    "energy_unit": {*UNITS},
    "by": {*CHARGE_BY},
    "operands": {*OPERANDS},
    "fills": {*FILLS},
    "first_reads": {*FIRST_READS},
    "drains": {*DRAINS},
    "architecture kind": {*KINDS},
    "holds": {*TENSORS},
    "may_bypass": {*TENSORS},
    "multicast": {*TENSORS},
    "bypass": {*TENSORS},
    "formats": {NO_FORMAT, *FORMATS},
    "zeros": {*ON_ZERO},
    "energy_by_bits": {*LAWS},
    "dimensions": {*DIMENSIONS},
    "dimension": {*DIMENSIONS, *JOINT},
    "innermost": {*DIMENSIONS},
    "if_needed": {*DIMENSIONS},
    "order": {*DIMENSIONS},
    "network kind": {*nodes._JOINS, *nodes._PRICED, *nodes._PASSED, MATRIX_PRODUCT},
    "objective": {*Objective},
    "tiles": {*Tiles},
    "accesses": {*TENSORS},
    "components": {*TENSORS, COMPUTE},
    "layers": {BYPASS, *DIMENSIONS, *JOINT},
}


def choices(rule: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """The name and the words of every choice in a schema."""
    if isinstance(rule, dict):
        if "enum" in rule:
            yield next(step for step in reversed(path) if step not in STRUCTURE), rule["enum"]
        for key, inner in rule.items():
            yield from choices(inner, (*path, key))
    elif isinstance(rule, list):
        for inner in rule:
            yield from choices(inner, path)


def every_choice() -> Iterator[tuple[str, list[str]]]:
    """Those of all schemas, under the names of `KNOWN`."""
    for file in SCHEMAS:
        for name, words in choices(json.loads(file.read_text("utf-8"))):
            yield f"{file.parent.name} {name}" if name == "kind" else name, words


def test_every_word_of_a_schema_is_known_and_every_known_word_is_in_the_schemas() -> None:
    """A word that one of the two lacks is an error in `check`, or a traceback in `simulate`."""
    said = [*every_choice()]
    assert {name for name, _ in said} == KNOWN.keys()
    for name, words in said:
        assert set(words) == KNOWN[name], name


@pytest.mark.parametrize("kind", ["architecture", "network"])
def test_every_kind_has_a_branch_of_its_own(kind: str) -> None:
    """A kind whose keys no branch of the schema names would take any."""
    text = (ROOT / "hwsim" / "schemas" / kind / "v1.json").read_text("utf-8")
    whole = json.loads(text)["$defs"]["component" if kind == "architecture" else "layer"]
    branches = [rule["if"]["properties"]["kind"]["const"] for rule in whole["allOf"]]
    assert branches == whole["properties"]["kind"]["enum"]


def test_tables_of_words_are_whole() -> None:
    """What the code looks up by a word has one for each."""
    movers = [kind for kind in KINDS.values() if issubclass(kind, Mover)]
    assert ACTIONS.keys() == {action for kind in movers for action in kind.ACTIONS}
    assert layout.SIZES.keys() == {*Tiles}


CHIP = """schema: hwsim/architecture/v1
name: worded
energy_unit: pJ
charging: {by: action, operands: every_mac, fills: charged, first_reads: free, drains: charged}
components:
  home: {kind: storage, holds: [weights, inputs, outputs], energy: {read: 97, write: 101}}
  buffer:
    kind: storage
    holds: [weights, inputs, outputs]
    capacity_words: 32
    energy: {read: 7, write: 5}
    formats: {inputs: none}
  mac: {kind: compute, energy: {compute: 1}, energy_by_bits: product, zeros: {weights: nothing}}
routes:
  weights: [home, buffer, mac]
  inputs: [home, buffer, mac]
  outputs: [home, buffer, mac]
dataflow:
  name: any
  temporal:
    home: {dimensions: [N, G, M, C, P, Q, R, S], order: [C, N, G, M, P, Q, R, S]}
    buffer: {dimensions: [R, S]}
"""
OF_CHIP = {
    "charging.by": KNOWN["by"],
    "charging.operands": KNOWN["operands"],
    "charging.fills": KNOWN["fills"],
    "charging.first_reads": KNOWN["first_reads"],
    "charging.drains": KNOWN["drains"],
    "components.buffer.formats.inputs": KNOWN["formats"],
    "components.mac.zeros.weights": KNOWN["zeros"],
    "components.mac.energy_by_bits": KNOWN["energy_by_bits"],
}


@pytest.mark.parametrize("path", OF_CHIP)
def test_every_word_means_something_of_its_own(path: str, tmp_path: Path) -> None:
    """On a chip where it matters, no two words of a choice cost and take the same."""
    file = tmp_path / "chip.yaml"
    file.write_text(CHIP, "utf-8")
    net = load_network(NET)
    data = Data(densities={"weights": 0.5, "inputs": 0.25}, bits={"weights": 4, "inputs": 8})
    net = net.containing({each.name: data for each in net.layers})
    results = [simulate(load_architecture(file, {path: word}), net) for word in OF_CHIP[path]]
    costs = {(result.energy, result.cycles) for result in results}
    assert len(costs) == len(results)
