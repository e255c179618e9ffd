"""`render`: text that loads back to the same data and shows where each value came from."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hwsim.specification import KINDS, Document, KeyPath, Origin, load, load_any, render, shipped
from hwsim.specification.nodes import plain
from hwsim.specification.yaml12 import compose

SHIPPED = [(kind, name) for kind in KINDS for name in shipped(kind)]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["no", "1e-9", "12:30", "0o10", "=", "~", "a: b", "a #b", "2017-01-01", "N"])
)
words = st.lists(st.text("abc:#,-", min_size=1), min_size=20).map(" ".join)
data = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def document(said: dict[str, Any]) -> Document:
    """A document that says this, all on one line."""
    origins: dict[KeyPath, Origin] = {(): Origin(file="f", line=1, column=1)}
    return Document(kind="any", file="f", data=said, origins=origins, key_origins={})


@pytest.mark.parametrize("origins", [False, True])
@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_what_is_rendered_loads_back(kind: Any, name: str, origins: bool, tmp_path: Path) -> None:
    """From YAML to a document to YAML to a document is the identity on documents."""
    path = tmp_path / "again.yaml"
    path.write_text(render(load(kind, name), origins=origins))
    assert load_any(path) == load(kind, name)


@given(st.dictionaries(st.text(), data, max_size=4), st.booleans())
def test_any_data_loads_back(said: dict[str, Any], origins: bool) -> None:
    """Whatever the data, quotes are where YAML 1.2 needs them."""
    said = {"schema": "x", **said}
    composed = compose(render(document(said), origins=origins), "again")
    assert composed is not None
    assert not composed.problems
    assert repr(plain(composed.root)) == repr(said)


@given(st.dictionaries(st.text("abc", min_size=1), scalars, min_size=1, max_size=4))
def test_a_yaml_1_1_reader_reads_the_same(said: dict[str, Any]) -> None:
    """The text is quoted so that PyYAML, which reads YAML 1.1, is not misled either."""
    said = {"schema": "x", **{k: v for k, v in said.items() if not _beyond_bmp(v)}}
    assert repr(yaml.safe_load(render(document(said)))) == repr(said)


def _beyond_bmp(value: object) -> bool:
    return isinstance(value, str) and any(ord(c) > 0xFFFF for c in value)


def test_every_line_says_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With origins, each line ends in a file and a line, those of the override where it acted."""
    monkeypatch.chdir(tmp_path)
    text = render(
        load("architecture", "eyeriss", ["components.buffer.energy.read=7"]), origins=True
    )
    base = shipped("architecture")["eyeriss"].read_text().splitlines()
    for line in text.splitlines():
        value, _, origin = line.rpartition("  # ")
        assert value
        assert origin.rpartition(":")[2].isdigit()
        if "eyeriss.yaml" in origin:
            key = value.split(":")[0].strip()
            assert key in base[int(origin.rpartition(":")[2]) - 1]
    assert [line.split() for line in text.splitlines() if "--set" in line] == [
        ["read:", "7", "#", "--set", "components.buffer.energy.read=7:1"]
    ]


def test_the_style_is_that_of_the_shipped_files() -> None:
    """A network's text is its file's, but for comments."""
    file = shipped("network")["alexnet"].read_text().splitlines()
    lines = [line for line in file if not line.startswith("#")]
    assert render(load("network", "alexnet")).splitlines() == lines


def test_prose_is_folded_and_nothing_is_wider_than_it_must_be() -> None:
    """A long source takes several lines of at most a hundred characters."""
    text = render(load("architecture", "eyeriss"))
    assert "source: >-\n" in text
    assert max(map(len, text.splitlines())) <= 100


def test_origins_of_what_is_shipped_are_the_same_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever folder hwsim is installed in, and from whichever it is asked."""
    here = render(load("architecture", "eyeriss"), origins=True)
    monkeypatch.chdir(tmp_path)
    assert render(load("architecture", "eyeriss"), origins=True) == here
    assert all("/archs/" in f"/{line.rpartition('  # ')[2]}" for line in here.splitlines())
    network = render(load("network", "alexnet"), origins=True)
    assert {line.rpartition("  # ")[2].rpartition(":")[0] for line in network.splitlines()} == {
        "hwsim/networks/alexnet.yaml"
    }
