"""A total that lacks something says so where nobody overlooks it; what is harmless stays apart."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from io import StringIO

import pytest
from jsonschema import Draft202012Validator

import hwsim.report
from hwsim import load_architecture, load_network, simulate
from hwsim.command.inputs import warn_of_missing
from hwsim.report import network as shown
from hwsim.result import Result
from hwsim.workload.network import Network, Omission
from hwsim.workload.select import NoLayer
from tests.command.call import CHIP, NET, SCHEMA

GRUS = tuple(
    Omission(name=f"gru.{i}", kind="gru", macs=1_600_000, why="not read") for i in range(2)
)
LOOP = Omission(name="relu", kind="loop", macs=None, why="its body: is open")
TABLE = Omission(name="positions", kind="linear", macs=138, why="it multiplies weights alone")


def network(missing: tuple[Omission, ...] = (*GRUS, LOOP)) -> Network:
    """The small network, lacking some of it: its node `relu` stands for a loop."""
    return replace(load_network(NET), missing=missing, precomputed=(TABLE,))


def result(missing: tuple[Omission, ...] = (*GRUS, LOOP), layers: str = "*") -> Result:
    """Such a network on the small chip."""
    return simulate(load_architecture(CHIP), network(missing), layers=layers)


def text(layers: str = "*") -> list[str]:
    """The lines of the report."""
    return hwsim.report.render(result(layers=layers), "text").splitlines()


def test_what_is_missing_stands_below_the_total() -> None:
    """In the same table, a row for each kind, with its MACs if they are known."""
    lines = text()
    total = next(at for at, line in enumerate(lines) if line.startswith("total"))
    assert [line.split() for line in lines[total + 1 : total + 3]] == [
        ["missing", "gru", "x2", "3.200", "M"],
        ["missing", "loop", "x1", "unknown"],
    ]
    assert lines[total + 3] == ""


def test_macs_that_are_known_in_part_are_a_least_number() -> None:
    """A plus says that there are more."""
    unknown = replace(GRUS[0], macs=None)
    report = hwsim.report.render(result((GRUS[1], unknown)), "text")
    assert re.search(r"^missing  gru x2 +1\.600 M\+$", report, re.MULTILINE)


def test_a_whole_total_has_nothing_below_it() -> None:
    """Neither in the report nor in a result's name nor on stderr."""
    whole = result(missing=())
    assert "missing" not in hwsim.report.render(whole, "text")
    assert "missing" not in repr(whole)


def test_every_omission_is_named_with_its_reason() -> None:
    """What is missing is not among the harmless, and what is precomputed apart from both."""
    said = " ".join(" ".join(line.split()) for line in text())
    assert "missing from every total: gru.0, gru.1 (not read), relu (its body: is open)" in said
    assert "not priced max_pool x1" in said
    assert "138 MACs: positions (it multiplies weights alone)" in said


def test_a_layer_that_was_not_asked_for_is_left_out_and_not_missing() -> None:
    """The two are told apart."""
    lines = text(layers="fc")
    assert "left out     conv" in lines
    assert any(line.startswith("missing  gru x2") for line in lines)


def test_json_holds_every_omission() -> None:
    """As its schema says, which has the omission's own fields."""
    report = json.loads(hwsim.report.render(result(), "json"))
    Draft202012Validator(SCHEMA).validate(report)
    assert report["missing"] == [asdict(one) for one in (*GRUS, LOOP)]
    assert report["precomputed"] == [asdict(TABLE)]
    assert [node["name"] for node in report["unpriced"]] == ["pool"]
    assert {*SCHEMA["$defs"]["omission"]["properties"]} == {one.name for one in fields(Omission)}


def test_csv_keeps_to_layers() -> None:
    """Its rows are layers and their total; what is missing is told on stderr."""
    rows = csv.DictReader(StringIO(hwsim.report.render(result(), "csv")))
    assert [row["layer"] for row in rows] == ["conv", "fc", "total"]


def test_stderr_tells_what_a_total_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, whatever the format; nothing of a network that is whole."""
    warn_of_missing(network())
    assert capsys.readouterr().err == (
        "warning: the totals of net lack gru x2, loop x1, 3.200 M+ MACs: "
        "gru.0, gru.1 (not read), relu (its body: is open)\n"
    )
    warn_of_missing(network(missing=()))
    assert capsys.readouterr().err == ""


def test_a_result_names_what_it_lacks() -> None:
    """In its own line, as Python shows it."""
    assert repr(result()).endswith("cycles; missing gru x2, loop x1>")


def test_a_network_shows_its_omissions() -> None:
    """Below its nodes; what would be read as something else is quoted."""
    lines = shown.render(network()).splitlines()
    at = lines.index("missing:")
    assert lines[at + 1 :] == [
        "  gru.0: {kind: gru, macs: 1600000, why: not read}",
        "  gru.1: {kind: gru, macs: 1600000, why: not read}",
        '  relu: {kind: loop, macs: null, why: "its body: is open"}',
        "precomputed:",
        "  positions: {kind: linear, macs: 138, why: it multiplies weights alone}",
    ]


@pytest.mark.parametrize("ask", [str, lambda name: f"{name[:-1]}*"])
def test_what_is_missing_cannot_be_simulated(ask: Callable[[str], str]) -> None:
    """A pattern that matches it alone is answered with why."""
    with pytest.raises(NoLayer, match=r"net: gru\.0 has no price: not read"):
        result(layers=ask("gru.0"))
