"""YAML 1.2, not 1.1: scalars, keys, tabs, JSON, and what is refused."""

import json
import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.specification import SpecificationError
from hwsim.specification.files import read_text
from hwsim.specification.nodes import MappingNode, plain
from hwsim.specification.yaml12 import compose


def read(text: str) -> object:
    """The data of a text without problems."""
    composed = compose(text, "text")
    assert composed is not None
    assert not composed.problems
    return plain(composed.root)


def problems(text: str) -> list[str]:
    """The problems of a text that can nevertheless be read."""
    composed = compose(text, "text")
    assert composed is not None
    return [str(problem) for problem in composed.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-9", 1e-9),
        ("6e0", 6.0),
        ("1.5e9", 1.5e9),
        (".5", 0.5),
        ("1.", 1.0),
        ("-3", -3),
        ("+3", 3),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("N", "N"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2017-01-01", "2017-01-01"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("1\n", 1),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """A plain scalar means what the YAML 1.2 core schema says, never what 1.1 said."""
    assert repr(read(text)) == repr(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_is_read_back(number: float) -> None:
    """Python's own notation of a float, with or without exponent, is that float."""
    assert repr(read(repr(number))) == repr(number)


@given(st.integers(min_value=-(10**60), max_value=10**60))
def test_every_integer_is_read_back(number: int) -> None:
    """Decimal digits are that integer, however many zeros lead."""
    assert read(str(number)) == number
    assert read(f"{'-' if number < 0 else ''}00{abs(number)}") == number


@given(st.from_regex(r"[0-9a-fxo:._+-]{1,12}", fullmatch=True))
def test_what_looks_like_a_number_is_one_by_the_core_schema_or_is_text(text: str) -> None:
    """A scalar is a number only if Python, without underscores, reads it as the same number."""
    try:
        value = read(f"[{text}]")
    except (SpecificationError, AssertionError):
        return
    assert isinstance(value, list)
    if isinstance(value[0], float):
        assert math.isclose(value[0], float(text))
    elif isinstance(value[0], int) and text[:2] not in {"0x", "0o"}:
        assert value[0] == int(text)


json_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(json_data, st.sampled_from([None, 2, "\t"]))
def test_json_is_yaml(data: object, indent: int | str | None) -> None:
    """What Python writes as JSON, tabs and pairs of surrogates included, is read as the same."""
    assert repr(read(json.dumps(data, indent=indent))) == repr(data)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    """Whatever a file holds, it is a tree, nothing, or a SpecificationError."""
    with suppress(SpecificationError):
        compose(text, "text")


@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`#ab<~0.e\t\n "))
def test_no_text_of_yaml_signs_raises_anything_else(text: str) -> None:
    """The signs of YAML in any order are a tree, nothing, or a SpecificationError."""
    with suppress(SpecificationError):
        compose(text, "text")


def test_a_value_knows_its_line_and_column() -> None:
    """Lines and columns count from 1, of the key for the key and of the value for the value."""
    composed = compose("a:\n  b: [1, 2]\n", "f.yaml")
    assert composed is not None
    assert isinstance(composed.root, MappingNode)
    outer = composed.root.entry("a")
    assert outer is not None
    assert isinstance(outer.value, MappingNode)
    inner = outer.value.entry("b")
    assert inner is not None
    assert (str(inner.origin), str(inner.value.origin)) == ("f.yaml:2:3", "f.yaml:2:6")


def test_an_alias_repeats_its_anchor() -> None:
    """Anchors and aliases are understood."""
    assert read("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_tab_may_separate_but_not_indent() -> None:
    """YAML 1.2 allows tabs after a colon, before a comment and inside brackets."""
    assert read("a:\t1\t# one\nb: [1,\t2,\n\t3]\n") == {"a": 1, "b": [1, 2, 3]}
    with pytest.raises(SpecificationError, match=r"text:2:1: document: .*a tab"):
        compose("a:\n\tb: 1\n", "text")


def test_every_repeated_key_is_reported_and_the_rest_is_read() -> None:
    """A repeated key does not hide the next problem."""
    found = problems("a: 1\na: 2\nb: {c: 1, c: .nan}\n1: x\nd: .inf\n")
    assert found == [
        "text:2:1: a: key 'a' is repeated; it is first at 1:1",
        "text:3:11: b.c: key 'c' is repeated; it is first at 3:5",
        'text:4:1: document: key 1 is not a string; did you mean "1"?',
        "text:5:4: d: must be a finite number, not .inf",
    ]


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "[a]", "{a: b}", "? [a]\n"])
def test_a_key_is_a_string(key: str) -> None:
    """Keys that are numbers, truth values, null or collections are refused."""
    assert len(problems(f"{key}: x\n")) == 1


def test_half_a_surrogate_pair_is_refused() -> None:
    """A string that cannot be printed is a problem, not a crash when it is shown."""
    assert problems(r'a: "\ud83d"') == ["text:1:4: a: holds half of a surrogate pair"]


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    """Windows editors write one; it is no part of the text."""
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read(read_text(path)) == {"a": 1, "b": 2}


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """A missing file, a folder and a monster of a file are each named."""
    (tmp_path / "there.yaml").write_bytes(b" " * (2**21 + 1))
    with pytest.raises(SpecificationError, match=r"no such file; did you mean .*there.yaml"):
        read_text(tmp_path / "their.yaml")
    with pytest.raises(SpecificationError, match="is a folder"):
        read_text(tmp_path)
    with pytest.raises(SpecificationError, match="larger than 2097152 bytes"):
        read_text(tmp_path / "there.yaml")
    with pytest.raises(SpecificationError, match=r"cannot be read: .*null byte"):
        read_text(tmp_path / "nul\0.yaml")
