"""Every key that a schema requires, misspelt: the answer says where, and how it is spelt."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hwsim.specification import KeyPath
from hwsim.specification.schema import _validator, schema
from tests.command.call import ROOT, hwsim

TENSORS = ("weights", "inputs", "outputs")
ROUTE = ["home", "wires", "array", "mac"]
ENERGY = {"read": 1, "write": 1}
LAYERS = {
    "a": {"kind": "convolution", "out_channels": 2, "kernel": 1},
    "b": {"kind": "depthwise_convolution", "kernel": 1},
    "c": {"kind": "max_pool", "kernel": 1, "stride": 1},
    "d": {"kind": "average_pool", "kernel": 1, "stride": 1},
    "e": {"kind": "addition", "from": ["c", "d"]},
    "f": {"kind": "concatenation", "from": ["c", "d"]},
    "g": {"kind": "fully_connected", "out_features": 2},
}
ATTENTION = {
    "q": {"kind": "fully_connected", "out_features": 2},
    "k": {"kind": "fully_connected", "out_features": 2, "from": "input"},
    "scores": {"kind": "matmul", "from": ["q", "k"], "transposed": True},
}
RULE = {"dimensions": ["M"]}
NEST = {"home": {"M": 1}}
#: Documents that have every key that is required somewhere.
WRITTEN: dict[str, list[dict[str, Any]]] = {
    "architecture": [
        {
            "energy_unit": "pJ",
            "charging": {"by": "action"},
            "components": {
                "home": {"kind": "storage", "holds": [*TENSORS], "energy": ENERGY},
                "wires": {"kind": "network"},
                "array": {"kind": "array", "axes": {"rows": 2}},
                "mac": {"kind": "compute", "energy": {"compute": 1}},
            },
            "routes": dict.fromkeys(TENSORS, ROUTE),
            "dataflow": {"name": "f", "temporal": {"home": RULE}, "spatial": {"array.rows": RULE}},
        },
        {"extends": "eyeriss"},
    ],
    "network": [
        {"input": {"channels": 1, "height": 2, "width": 2}, "layers": LAYERS},
        {"input": {"tokens": 2, "features": 2}, "layers": ATTENTION},
        {"extends": "alexnet"},
    ],
    "mapping": [{"layers": {"a": NEST}}, {"extends": "eyeriss_jssc_alexnet"}],
    "density": [{"layers": {"a": {"weights": 0.5}}}, {"extends": "alexnet_dense"}],
    "recipe": [
        {
            "model": "alexnet",
            "data": {"train": "digits"},
            "architecture": "eyeriss",
            "goal": {"energy": 0.5},
        }
    ],
}
SCHEMAS = dict.fromkeys(WRITTEN, ROOT / "hwsim" / "schemas") | {
    "recipe": ROOT / "prune" / "schemas",
}


def document(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The document with the keys that all have, and no value in two places."""
    whole = {"schema": f"hwsim/{kind}/v1", "name": "misspelt", **body}
    return dict(json.loads(json.dumps(whole)))


def mappings(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Every mapping within a document, and where it is."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from mappings(inner, (*path, key))


def demanded(rule: Any) -> Iterator[tuple[str, str]]:
    """Every key that a schema requires, with the description of the rule that does."""
    if isinstance(rule, dict):
        yield from ((rule["description"], key) for key in rule.get("required", ()))
    inside = rule.items() if isinstance(rule, dict) else enumerate(rule)
    for key, inner in inside:
        if key != "if" and isinstance(inner, dict | list):
            yield from demanded(inner)


def required(kind: str, body: dict[str, Any]) -> Iterator[tuple[KeyPath, str, str]]:
    """Where a document has a key that is required, with the description of the rule."""
    whole = document(kind, body)
    if "extends" in whole:  # Without it, another rule holds.
        yield (), "extends", schema(kind)["$defs"]["variant"]["description"]
    for path, at in mappings(whole):
        for key in [*at]:
            kept = at.pop(key)
            for error in _validator(kind, SCHEMAS[kind]).iter_errors(whole):
                here = tuple(error.absolute_path) == path and error.validator == "required"
                wanted: Any = error.validator_value
                told: Any = error.instance
                rule: Any = error.schema
                if here and key in wanted and key not in told:
                    yield path, key, rule["description"]
            at[key] = kept


CASES = [
    (kind, number, path, key, rule)
    for kind, bodies in WRITTEN.items()
    for number, body in enumerate(bodies)
    for path, key, rule in required(kind, body)
]


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_required_key_of_the_schema_is_misspelt_here(kind: str) -> None:
    """A key that a schema comes to require needs a document that has it."""
    tried = {(rule, key) for of, _, _, key, rule in CASES if of == kind}
    assert tried == {*demanded(schema(kind, SCHEMAS[kind]))}


@pytest.mark.parametrize(
    ("kind", "number", "path", "key"),
    sorted({case[:4] for case in CASES}, key=str),
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_a_required_key_misspelt_is_named(
    kind: str, number: int, path: KeyPath, key: str, tmp_path: Path
) -> None:
    """Each line has its place, and one of them says what was meant."""
    whole = document(kind, WRITTEN[kind][number])
    bad = key[0] + key[2:]
    at = next(found for here, found in mappings(whole) if here == path)
    at[bad] = at.pop(key)
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(whole, indent=1), "utf-8")
    lines = hwsim("check", file, status=1).stderr.splitlines()
    assert all(re.match(rf"{re.escape(str(file))}:\d+:\d+: .+: .+", line) for line in lines)
    said = f"unknown key '{bad}'; did you mean {key}?"
    (line,) = [line for line in lines if line.endswith(said)]
    row, column = map(int, line.removeprefix(f"{file}:").split(":")[:2])
    assert file.read_text("utf-8").splitlines()[row - 1][column - 1 :].startswith(f'"{bad}"')
