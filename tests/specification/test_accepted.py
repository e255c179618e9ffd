"""What accepts a document without jsonschema accepts what jsonschema accepts."""

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.specification import KINDS, load, shipped
from hwsim.specification.accepted import NESTED, PLAIN, SILENT, UndecidedError, accepted
from hwsim.specification.schema import _validator, schema
from tests.command.call import ROOT

#: What may stand where something else should.
ODD = st.sampled_from(
    (
        *(None, True, False, 0, 1, -1, 2**70, 16.0, 0.5, 1e-31, float("inf"), float("nan")),
        *("", "a", "N", "weights", "storage", "no name"),
        *([], ["N"], ["N", "N"], [1, 1]),
        *({}, {"kind": "array"}, {"extends": "eyeriss"}, {"weights": 1}),
        {"order": ["N"], "innermost": [], "dimensions": []},
    )
).map(deepcopy)
KEYS = ("kind", "name", "extends", "set", "order", "innermost", "weights", "layers", "", "A b", "x")


@cache
def documents() -> list[tuple[str, Any]]:
    """Every shipped document, by its kind."""
    return [(kind, load(kind, name).data) for kind in KINDS for name in shipped(kind)]


def nodes(value: Any) -> list[Any]:
    """Every mapping and list inside a value, itself included."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(one for it in inside for one in nodes(it))] if inside or value == {} else []


def rules_of(rule: Any) -> Iterator[dict[str, Any]]:
    """The rule and all rules inside it."""
    if not isinstance(rule, dict):
        return
    yield rule
    by_name = (rule.get(key, {}) for key in ("$defs", "dependentSchemas", "properties"))
    inside = [one for named in by_name for one in named.values()]
    inside += [rule.get(key) for key in ("additionalProperties", "items", "not", "propertyNames")]
    inside += [rule.get(key) for key in ("if", "then", "else")]
    for one in (*inside, *rule.get("allOf", ())):
        yield from rules_of(one)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """A shipped document with something in it exchanged, taken away or added, once or twice."""
    kind, data = draw(st.sampled_from(documents()))
    data = deepcopy(data)
    for _ in range(draw(st.integers(1, 2))):
        node = draw(st.sampled_from(nodes(data)))
        places = [*node] if isinstance(node, dict) else [*range(len(node))]
        place = draw(st.sampled_from([*places, *(KEYS if isinstance(node, dict) else ())]))
        if place in places and draw(st.booleans()):
            del node[place]
        else:
            node[place] = draw(ODD)
    return kind, data


@settings(max_examples=300)
@given(changed())
def test_both_accept_the_same(one: tuple[str, Any]) -> None:
    """Whatever stands in a document, and at whichever place."""
    kind, data = one
    assert accepted(data, schema(kind)) == _validator(kind).is_valid(data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shipped_document_is_accepted(kind: str) -> None:
    """So nobody waits for jsonschema."""
    assert all(accepted(data, schema(of)) for of, data in documents() if of == kind)


@pytest.mark.parametrize(
    "rule",
    [
        {"oneOf": [True]},
        {"properties": {"a": {"format": "date"}}},
        {"$ref": "https://example.org/schema"},
        {"enum": [1, 2]},
        {"const": None},
        {"type": "null"},
        {"not": {"contains": True}},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_what_is_not_known_is_left_to_jsonschema(rule: dict[str, Any]) -> None:
    """Nothing is said of a keyword, or of a value of one, that no schema of ours has had."""
    with pytest.raises(UndecidedError):
        accepted({"a": 1}, rule)


@pytest.mark.parametrize("kind", [*KINDS, "recipe"])
def test_every_keyword_is_known(kind: str) -> None:
    """Whoever uses one more in a schema adds it here, too, or its files are read more slowly."""
    folder = {"schemas": ROOT / "prune" / "schemas"} if kind == "recipe" else {}
    used = {keyword for rule in rules_of(schema(kind, **folder)) for keyword in rule}
    assert used <= {*PLAIN, *NESTED, *SILENT}


def test_reading_what_is_right_imports_no_jsonschema() -> None:
    """Nor networkx, which is for routes that the file does not list from the outside inwards."""
    program = (
        "import sys, hwsim\n"
        "hwsim.load_architecture('eyeriss'), hwsim.load_network('alexnet')\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"jsonschema", "networkx"} & {*ran.stdout.split()}
