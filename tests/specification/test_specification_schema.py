"""The JSON Schemas: valid, closed, described, and in words of our own."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, validators

from hwsim.specification import KINDS, SpecificationError, load, shipped
from hwsim.specification.schema import _validator, schema
from hwsim.vocabulary import DIMENSIONS, JOINT, TENSORS

ODD_NODES: list[Any] = [
    {"kind": "relu"},
    {"kind": "relu", "kernel": 3},
    {"kind": "convolution", "kernel": 3},
    {"kind": "relus"},
    {"kind": 1},
    {"kind": ["relu"]},
    {"kernel": 3},
    {},
    "relu",
    None,
]


def rules(rule: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(rule, dict):
        yield rule
    for inner in (
        rule.values() if isinstance(rule, dict) else rule if isinstance(rule, list) else ()
    ):
        yield from rules(inner)


def properties(kind: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every key that a schema knows, its rule, and the schema's definitions."""
    whole = schema(kind)
    for rule in rules({**whole, "if": True, "allOf": []}):
        if rule.get("additionalProperties") is False or rule is whole:
            for key, inner in rule["properties"].items():
                yield key, inner, whole["$defs"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_names_itself(kind: str) -> None:
    """Each is Draft 2020-12, versioned by its folder and by a constant."""
    Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["$schema"].endswith("2020-12/schema")
    assert schema(kind)["properties"]["schema"]["const"] == f"hwsim/{kind}/v1"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described(kind: str) -> None:
    """An editor that hovers over a key shows what it means, and its default when it has one."""
    for key, rule, definitions in properties(kind):
        if rule is True:  # described where the discriminator is
            continue
        target = definitions[rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
        text = rule.get("description") or target.get("description", "")
        assert text.endswith("."), (key, rule)
        if {**target, **rule}.get("default") not in (None, {}):
            assert "default" in text, (key, text)


@pytest.mark.parametrize("node", ODD_NODES, ids=str)
def test_branches_of_other_kinds_can_be_passed_over(node: Any) -> None:
    """The shortcut through the branches of a discriminator changes nothing that is found."""
    data = {**load("network", "alexnet").data, "layers": {"odd": node}}
    quick = _validator("network")
    every = {"if": Draft202012Validator.VALIDATORS["if"]}
    slow = validators.extend(type(quick), every)  # type: ignore[no-untyped-call]
    whole = slow(quick.schema)
    assert sorted(map(str, quick.iter_errors(data))) == sorted(map(str, whole.iter_errors(data)))


@pytest.mark.parametrize("kind", KINDS)
def test_no_alternatives_without_a_discriminator(kind: str) -> None:
    """`oneOf` and `anyOf` would report one typo as several puzzles."""
    for rule in rules(schema(kind)):
        assert not {"oneOf", "anyOf"} & set(rule)


@pytest.mark.parametrize("kind", KINDS)
def test_every_mapping_is_closed(kind: str) -> None:
    """Each mapping with keys of its own refuses others, or chooses a branch that does."""
    for rule in rules(schema(kind)):
        if "properties" in rule and rule.get("type") == "object":
            assert (
                "additionalProperties" in rule or "allOf" in rule or "if" in rule or "set" in rule
            )


def test_the_schemas_speak_the_vocabulary() -> None:
    """Tensors and dimensions are in the order of `hwsim.vocabulary`."""
    definitions = schema("architecture")["$defs"]
    assert definitions["tensor"]["enum"] == list(TENSORS)
    assert definitions["dimension"]["enum"] == list(DIMENSIONS)
    loops = schema("mapping")["$defs"]["loops"]["properties"]
    assert list(loops) == ["bypass", *DIMENSIONS, *JOINT]
    assert loops["bypass"]["items"]["enum"] == list(TENSORS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shipped_is_valid_and_named_as_its_file(kind: Any) -> None:
    """Every shipped file loads, and its name is the name of the file."""
    assert shipped(kind)
    for name in shipped(kind):
        assert load(kind, name).data["name"] == name


def test_an_integer_is_not_a_float_and_not_a_truth_value() -> None:
    """16.0 and true are no integers: counts stay exact."""
    for value in ("16.0", "true", "1e3"):
        with pytest.raises(SpecificationError, match="must be a positive integer"):
            load("architecture", "eyeriss", [f"word_bits={value}"])


def test_a_long_value_is_not_dumped() -> None:
    """A message names a collection, and cuts a long string."""
    for value, said in (("{a: 1}", "a mapping"), ("[1, 2]", "a list"), ("x" * 999, "xxx...'")):
        with pytest.raises(SpecificationError) as error:
            load("architecture", "eyeriss", [f"components={value}"])
        assert str(error.value).endswith(
            ("unknown key 'a'", f"not {said}", said, "a mapping, not 1")
        )


def test_an_editor_accepts_a_variant_and_refuses_what_the_loader_refuses() -> None:
    """The schema describes files as they are written: whole ones, and those that extend."""
    validator = Draft202012Validator(schema("architecture"))
    variant = {"schema": "hwsim/architecture/v1", "name": "v", "extends": "eyeriss"}
    assert validator.is_valid(variant | {"set": {"word_bits": 8}})
    assert not validator.is_valid(variant | {"word_bits": 8})
    assert not validator.is_valid(load("architecture", "eyeriss").data | {"set": {}})


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@cache
def places(kind: Any, name: str) -> list[str]:
    """The path of every value of a shipped file, as `--set` takes it."""
    origins = load(kind, name).origins
    return [".".join(f'"{step}"' for step in path) for path in origins if path]


def lines(kind: Any, name: str, override: str) -> list[str]:
    """What is wrong with a shipped file after an override."""
    try:
        load(kind, name, [override])
    except SpecificationError as error:
        return str(error).splitlines()
    return []


@given(st.data(), st.sampled_from(KINDS), junk)
def test_junk_in_any_place_is_a_line_each(data: st.DataObject, kind: Any, value: Any) -> None:
    """Whatever stands wherever, the result is a document or lines that can be read."""
    name = data.draw(st.sampled_from(list(shipped(kind))))
    path = data.draw(st.sampled_from(places(kind, name)))
    for line in lines(kind, name, f"{path}={json.dumps(value)}"):
        assert re.match(r".+:\d+:\d+: .+: .+", line)
        assert "breaks the rule" not in line
