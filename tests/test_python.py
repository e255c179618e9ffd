"""The Python interface: what it takes, what it refuses, and how its results show themselves."""

from pathlib import Path

import numpy as np
import pytest

import hwsim
from hwsim import report
from hwsim.result import Result
from tests.command.call import CHIP, NET

CAPACITY = "components.spad.capacity_words"


@pytest.fixture(scope="module")
def result() -> Result:
    """The small network on the small chip."""
    return hwsim.simulate(hwsim.load_architecture(CHIP), hwsim.load_network(NET))


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (CAPACITY, 32, "32"),
        (CAPACITY, np.int64(32), "32"),
        ("components.dram.energy.read", 1e-9, "1e-9"),
        ("title", "no: 1e3", "'no: 1e3'"),
        ("clock_mhz", None, "null"),
        ("components.array", {"kind": "array", "axes": {"columns": 2}}, None),
        ("components.array.reduces_along", ["columns"], "[columns]"),
    ],
)
def test_overrides_are_texts_or_values(path: str, value: object, text: str | None) -> None:
    """A mapping from paths to values says what `path=value` texts say, and means its values."""
    by_value = hwsim.load_architecture(CHIP, {path: value})
    written = "{kind: array, axes: {columns: 2}}" if text is None else text
    assert by_value == hwsim.load_architecture(CHIP, [f"{path}={written}"])
    assert by_value != hwsim.load_architecture(CHIP)


def test_a_single_text_is_not_a_list_of_overrides() -> None:
    """A text would be taken letter by letter: it is refused, and the remedy is said."""
    with pytest.raises(TypeError, match=r"a list, \['clock_mhz=1'\], or a mapping"):
        hwsim.load_architecture(CHIP, "clock_mhz=1")


def test_a_name_is_not_what_it_names() -> None:
    """`simulate` takes what was loaded; for a name or a path it says how to load it."""
    chip, network = hwsim.load_architecture(CHIP), hwsim.load_network(NET)
    with pytest.raises(TypeError, match=r"load it with hwsim\.load_architecture\('eyeriss'\)"):
        hwsim.simulate("eyeriss", network)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"hwsim\.load_network"):
        hwsim.simulate(chip, Path(NET))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"hwsim\.load_mapping"):
        hwsim.simulate(chip, network, mapping="m.yaml")  # type: ignore[arg-type]


def test_a_result_shows_itself_in_a_line(result: Result) -> None:
    """In a notebook, a result is what it is of and what it came to, not pages."""
    assert repr(result) == (
        f"<Result chip, net, batch 1: 2 layers, {result.energy:.4g} pJ, {result.cycles} cycles>"
    )
    conv = result.layers[0]
    assert repr(conv) == (
        f"<LayerResult conv: energy {conv.energy:.4g}, {conv.cycles} cycles, "
        f"{conv.utilization:.1%} utilized>"
    )


def test_what_is_asked_shows_itself_in_a_line() -> None:
    """A network and an oracle, too, are not pages."""
    chip, network = hwsim.load_architecture(CHIP), hwsim.load_network(NET)
    assert repr(network) == f"<Network net, batch 1: 2 layers, {network.macs:.4g} MACs>"
    conv = hwsim.Oracle(architecture=chip, layer=network.layers[0])
    assert repr(conv) == "<Oracle of conv on chip>"


def test_the_utilization_of_all_layers_is_weighed_by_their_cycles(result: Result) -> None:
    """It is what the layers' utilizations come to over all cycles."""
    weighed = sum(layer.utilization * layer.cycles for layer in result.layers)
    assert result.utilization == pytest.approx(weighed / result.cycles)


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_reports_are_public(result: Result, form: str) -> None:
    """`hwsim.render` is the report of the command line."""
    assert hwsim.render(result, form) == report.render(result, form)
    with pytest.raises(ValueError, match="there are text, json, csv and html"):
        hwsim.render(result, "yaml")


def test_what_can_go_wrong_is_public(result: Result) -> None:
    """The errors of a user's mistakes are caught by names of `hwsim`."""
    chip, network = result.architecture, result.network
    with pytest.raises(hwsim.SpecificationError):
        hwsim.load_architecture(CHIP, {"word_bits": 0})
    with pytest.raises(hwsim.NoLayer):
        hwsim.simulate(chip, network, layers="none")
    rows_nowhere = hwsim.load_architecture(CHIP, {"dataflow.temporal.spad.dimensions": ["C"]})
    with pytest.raises(hwsim.NoMapping):
        hwsim.simulate(rows_nowhere, network)
