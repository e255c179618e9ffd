"""Schema and code know the same words: what `hwsim check` lets through, every stage understands."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from hwsim import load_architecture, load_network, simulate
from hwsim.architecture.charging import (
    DRAINS,
    EVERY_MAC,
    FILLS,
    FIRST_READS,
    OPERANDS,
    ROWS,
    Charging,
)
from hwsim.architecture.components import COMPONENT_KINDS, NO_FORMAT, Compute, Mover
from hwsim.architecture.components.bandwidth import WAYS
from hwsim.architecture.components.component import WORD_BITS
from hwsim.architecture.dataflow import Constraint
from hwsim.architecture.energies import ACCESS, AT, ESTIMATE, FOLLOWS, OF
from hwsim.architecture.units import UNITS
from hwsim.cost import COMPUTE, STATIC
from hwsim.cost.actions import ACTIONS
from hwsim.cost.energy import CHARGE_BY
from hwsim.mapping.build import BYPASS
from hwsim.report import layout
from hwsim.sparsity.formats import SHIPPED
from hwsim.sparsity.width import LAWS
from hwsim.sparsity.zeros import ON_ZERO
from hwsim.specification.schema import schema
from hwsim.study.study import MEASURES, SAMPLES
from hwsim.vocabulary import DIMENSIONS, INPUTS, JOINT, TENSORS, WEIGHTS, Objective, Tiles
from hwsim.within import Limited
from hwsim.workload import nodes
from hwsim.workload.data import PARTIAL_SUMS, Data
from tests.command.call import NET, ROOT

SCHEMAS = sorted(file.parent.name for file in (ROOT / "hwsim" / "schemas").glob("*/v1.json"))
PAGES = ("semantics.md", "your-own.md")
MOVERS = [name for name, kind in COMPONENT_KINDS.items() if issubclass(kind, Mover)]


def named(noun: type) -> set[str]:
    """The names of a noun's fields."""
    return {field.name for field in fields(noun)}


#: What stands in the path of a rule beside the names that say which it is.
STRUCTURE = {"$defs", "items", "properties", "additionalProperties", "propertyNames"}
OF_NESTS = {*DIMENSIONS, *JOINT}
#: By the kind of a component, what it does for an energy.
DONE = {name: kind.ACTIONS for name, kind in COMPONENT_KINDS.items() if kind.ACTIONS}
#: What says of energies that they are estimated, and how.
ESTIMATED = {ESTIMATE, AT, FOLLOWS}
OF_ROWS = ESTIMATED | {OF, *DONE["storage"]}
#: By schema and place, the words of every choice.
CHOICES: dict[str, dict[str, set[str]]] = {
    "architecture": {
        "whole energy_unit": {*UNITS},
        "charging by": {*CHARGE_BY},
        "charging operands": {*OPERANDS},
        "fills": {*FILLS},
        "first_reads": {*FIRST_READS},
        "drains": {*DRAINS},
        "rows": {*ROWS},
        "storage energy of": {"word", ACCESS},
        "component kind": {*COMPONENT_KINDS},
        "compute energy_by_bits": {*LAWS},
        "format": {NO_FORMAT, *SHIPPED},
        "on_zero": {*ON_ZERO},
        "tensor": {*TENSORS},
        "dimension": {*DIMENSIONS},
    },
    "network": {"layer kind": {*nodes.NODE_KINDS}},
    "mapping": {"loops bypass": {*TENSORS}},
    "density": {},
    "report": {
        "energy_unit": {*UNITS},
        "charging by": {*CHARGE_BY},
        "charging operands": {*OPERANDS},
        "certificate objective": {*Objective},
        "certificate tiles": {*Tiles},
        "limit what": {*Limited},
        "tensor": {*TENSORS},
        "mapping layers": {BYPASS, *OF_NESTS},
    },
    "front": {},
    "comparison": {"sides energy_unit": {*UNITS}},
    "study": {
        "objectives": {*Objective},
        "tiles": {*Tiles},
        "sample by": {*SAMPLES},
        "measures": {*MEASURES},
    },
    "explanation": {
        "components": {*TENSORS, COMPUTE, STATIC},
        "loop dimension": {*OF_NESTS},
    },
}
#: By schema and place, the keys of every mapping that is by tensor, dimension or action, or whose
#: keys are those of a noun.
KEYS: dict[str, dict[str, set[str]]] = {
    "architecture": {
        "whole routes": {*TENSORS},
        "whole bits": {PARTIAL_SUMS, *TENSORS},
        "charging": {"by", "operands", *named(Charging)},
        "storage_charging": named(Charging),
        **{f"{name} energy": ESTIMATED | {*acts} for name, acts in DONE.items()},
        **{f"{name} energy else": ESTIMATED | {*DONE[name]} for name in ("storage", "compute")},
        **dict.fromkeys(("storage energy", "storage energy else"), OF_ROWS),
        **{f"{name} energy estimate": {*acts} for name, acts in DONE.items()},
        "storage capacity_bytes": {*TENSORS},
        "storage capacity_words": {*TENSORS},
        **{f"{kind} formats": {*TENSORS} for kind in MOVERS},
        **{f"{kind} zeros": {WEIGHTS, INPUTS} for kind in (*MOVERS, "compute")},
        "temporal_place": named(Constraint),
        **{rule: {*WAYS} for rule in ("bandwidth", "ports")},
    },
    "network": {"whole bits": {PARTIAL_SUMS, *TENSORS}},
    "mapping": {"loops": {BYPASS, *OF_NESTS}},
    "density": {"layer": {"bits", *TENSORS}, "layer bits": {PARTIAL_SUMS, *TENSORS}},
    "report": {
        "by_tensor": {*TENSORS, COMPUTE, STATIC},
        "bounds": {*DIMENSIONS},
        "layer stored": {*TENSORS},
        "cycles_by_cause": {COMPUTE, "fill", "stalls"},
    },
    "front": {},
    "comparison": {},
    "study": {},
    "explanation": {},
}
#: Keys that only a mapping of `KEYS` has.
TELLING = {*TENSORS, *DIMENSIONS, *ACTIONS, COMPUTE, *named(Charging), "if_needed"}


def rules(rule: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every rule of a schema, by its place."""
    if isinstance(rule, dict):
        yield " ".join(step for step in path if step not in STRUCTURE), rule
        for key, inner in rule.items():
            yield from rules(inner, (*path, key))
    elif isinstance(rule, list):
        for inner in rule:
            yield from rules(inner, path)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_word_of_a_schema_is_known_and_every_known_word_is_in_it(name: str) -> None:
    """A word that one of the two lacks is an error in `check`, or a traceback in `simulate`."""
    said = {place: {*rule["enum"]} for place, rule in rules(schema(name)) if "enum" in rule}
    assert said == CHOICES[name]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_of_a_schema_is_known_and_every_known_key_is_in_it(name: str) -> None:
    """So it is with words that are keys: tensors, dimensions, actions, conventions."""
    said = {
        place: {*rule["properties"]}
        for place, rule in rules(schema(name))
        if isinstance(rule.get("properties"), dict) and TELLING & rule["properties"].keys()
    }
    assert said == KEYS[name]


def test_no_schema_lists_a_choice_twice() -> None:
    """What several keys choose from is declared once, and referred to."""
    for name in SCHEMAS:
        lists = [tuple(rule["enum"]) for _, rule in rules(schema(name)) if "enum" in rule]
        assert len({*lists}) == len(lists), name


def test_defaults_of_the_schema_are_those_of_the_code() -> None:
    """An editor shows what a file that leaves a key out gets."""
    known = schema("architecture")["$defs"]
    charging = {key: known["charging"]["properties"][key]["default"] for key in named(Charging)}
    assert Charging(**charging) == Charging()
    assert known["charging"]["properties"]["operands"]["default"] == EVERY_MAC
    assert known["whole"]["properties"]["word_bits"]["default"] == WORD_BITS
    assert known["array"]["properties"]["multicast"]["default"] == [*TENSORS]
    law = known["compute"]["properties"]["energy_by_bits"]["default"]
    assert law == Compute.declared("mac", {"energy": {}}, {}).energy_by_bits


def test_every_word_of_an_architecture_is_on_a_page() -> None:
    """A user who reads a word in a file finds what it means."""
    pages = "".join((ROOT / "docs" / page).read_text("utf-8") for page in PAGES)
    words = set().union(*CHOICES["architecture"].values()) - {*DIMENSIONS, *TENSORS}
    assert {word for word in words if not re.search(rf"[`:] ?{word}\b", pages)} == set()


@pytest.mark.parametrize("kind", ["architecture", "network"])
def test_every_kind_has_a_branch_of_its_own(kind: str) -> None:
    """A kind whose keys no branch of the schema names would take any."""
    whole = schema(kind)["$defs"]["component" if kind == "architecture" else "layer"]
    branches = [rule["if"]["properties"]["kind"]["const"] for rule in whole["allOf"]]
    assert branches == whole["properties"]["kind"]["enum"]


def test_tables_of_words_are_whole() -> None:
    """What the code looks up by a word has one for each."""
    assert ACTIONS.keys() == {action for kind in MOVERS for action in COMPONENT_KINDS[kind].ACTIONS}
    assert layout.OF_TILES.keys() == {*Tiles}


CHIP = """schema: hwsim/architecture/v1
name: worded
energy_unit: pJ
charging: {by: action, operands: every_mac, fills: charged, first_reads: free, drains: charged}
components:
  home:
    kind: storage
    holds: [weights, inputs, outputs]
    energy: {read: 97, write: 101, of: access}
    access_bits: 64
    charging: {rows: whole}
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
    "charging.by": CHOICES["architecture"]["charging by"],
    "charging.operands": CHOICES["architecture"]["charging operands"],
    "charging.fills": CHOICES["architecture"]["fills"],
    "charging.first_reads": CHOICES["architecture"]["first_reads"],
    "charging.drains": CHOICES["architecture"]["drains"],
    "charging.rows": CHOICES["architecture"]["rows"],
    "components.home.energy.of": CHOICES["architecture"]["storage energy of"],
    "components.buffer.formats.inputs": CHOICES["architecture"]["format"],
    "components.mac.zeros.weights": CHOICES["architecture"]["on_zero"],
    "components.mac.energy_by_bits": CHOICES["architecture"]["compute energy_by_bits"],
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
