"""Every shipped figure has a source: files say whose numbers they are, and they are those."""

from collections.abc import Iterator
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest
import yaml

from hwsim.architecture.components import COMPONENT_KINDS
from hwsim.estimators import Action, Value, estimator_of
from hwsim.estimators.find import SHIPPED
from hwsim.estimators.table import FigureTable
from hwsim.specification import Document, Kind, load, shipped

KINDS: tuple[Kind, ...] = ("architecture", "network", "density", "mapping")
FILES = [(kind, name) for kind in KINDS for name in shipped(kind)]

#: ISCA 2016, table IV, in 16-bit MACs: DRAM, buffer, array, register file and MAC.
TABLE_IV = {200, 6, 2, 1}
#: Not priced, and said so beside it.
FREE = 0
#: Horowitz, ISSCC 2014, pJ of 64 bits by KiB, the lower end of DRAM, and an 8-bit multiplication
#: with a 32-bit addition.
SRAM = {8: 10, 32: 20, 1024: 100}
DRAM, MAC = 1300, 0.2 + 0.1


def test_every_shipped_file_says_where_its_numbers_are_from() -> None:
    """Also a variant says for itself what it changes, and after whom."""
    without = [name for kind, name in FILES if not load(kind, name).data.get("source")]
    assert without == []


def figures(document: Document) -> Iterator[tuple[str, str, float, dict[str, Any]]]:
    """The energies of an architecture: the file that says it, the action, and the component."""
    for name, part in document.data["components"].items():
        for action in COMPONENT_KINDS[part["kind"]].ACTIONS:
            if action in part.get("energy", {}):
                path = ("components", name, "energy", action)
                yield document.origin(path).file, action, part["energy"][action], part


@pytest.mark.parametrize("name", shipped("architecture"))
def test_every_energy_is_in_a_file_that_names_whose_it_is(name: str) -> None:
    """The file that has the number, not the one that extends it."""
    for file, *_ in figures(load("architecture", name)):
        source = yaml.safe_load(Path(file).read_text("utf-8"))["source"]
        assert "nergies" in source, file


@pytest.mark.parametrize("name", shipped("architecture"))
def test_every_energy_is_a_figure_of_its_source(name: str) -> None:
    """Of ISCA 2016, table IV, in MACs; of Horowitz' figure 1.1.9 in pJ, in two digits or three."""
    document = load("architecture", name)
    in_macs = document.data["energy_unit"] == "mac"
    for file, action, energy, part in figures(document):
        known = TABLE_IV if in_macs else {*_by_horowitz(action, part, document.data["word_bits"])}
        assert energy == FREE or any(_reads_as(energy, one) for one in known), (file, part)


def _by_horowitz(action: str, part: dict[str, Any], file_bits: int) -> Iterator[float]:
    """What a word costs: in memories as large as said, or in banks of 16 KiB or 1 MiB."""
    share = part.get("word_bits", file_bits) / 64
    if action == "compute":
        yield MAC
    elif "capacity_bytes" not in part:
        yield DRAM * share
    else:
        for size in (part["capacity_bytes"] / 1024, 16, 1024):
            yield from (law(size) * share for law in (_between, _root))


def _between(size: float) -> float:
    """By the power law through the neighbours."""
    low, high = (8, 32) if size <= 32 else (32, 1024)
    power = log(SRAM[high] / SRAM[low]) / log(high / low)
    return float(SRAM[low] * (size / low) ** power)


def _root(size: float) -> float:
    """By the root of the size."""
    nearest = 8 if size < 32 else 32
    return SRAM[nearest] * sqrt(size / nearest)


def _reads_as(energy: float, exact: float) -> bool:
    return any(float(f"{exact:.{digits}g}") == energy for digits in (2, 3, 4))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_estimator_says_where_each_of_its_figures_is_from(name: str) -> None:
    """Its rows, or its law."""
    estimator = estimator_of(name, {})
    if isinstance(estimator, FigureTable):
        assert estimator.source
        assert all(row.source for row in estimator.rows)
        return
    assert estimator is not None
    says: dict[str, Value] = {"technology_nm": 45, "word_bits": 16, "access_bits": 64}
    says |= {"entries": 24, "capacity_bytes": 65536, "length_mm": 1.0, "dram": "DDR3"}
    says |= {"arithmetic": "integer", "voltage_v": 1.0}
    others = {"wire": ("network", "deliver"), "aladdin": ("compute", "compute")}
    kind, action = others.get(name, ("storage", "read"))
    assert estimator.estimate(Action(kind=kind, name=action, properties=says)).source
