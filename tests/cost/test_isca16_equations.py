"""Chen, Emer, Sze, ISCA 2016, eq. 3 and 4: a value's energy by how often each level uses it."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import (
    architecture,
    array,
    compute,
    fully_connected,
    network,
    storage,
)
from tests.cost.priced import cost_of

DRAM, GB, ARRAY, RF = 200, 6, 2, 1  # ISCA 2016, table IV, in MACs
FORWARDED = Charging(fills="free", first_reads="forwarded", drains="forwarded")
LEVELS = ("dram", "buffer", "array", "rf")
SIZE = 2  # extent of the two dimensions that index the tensor

#: Of each tensor: the dimension that reuses it, and the two that index it.
REUSE = {INPUTS: ("M", "C", "N"), WEIGHTS: ("N", "C", "M"), OUTPUTS: ("C", "M", "N")}

times = st.integers(1, 4)
given_times = st.builds(lambda *each: Times(*each), times, times, times, times)


@dataclass(frozen=True)
class Times:
    """How often a value is used: from DRAM, from there in the buffer, the array and the RF."""

    a: int
    b: int
    c: int
    d: int


def levels(pes: int) -> Architecture:
    """DRAM, buffer, array and register files, charged as the equations do.

    Equation 3 charges the array for each word that it delivers, equation 4 for each addition.
    """
    return architecture(
        storage("dram", read=DRAM, write=DRAM, charging=FORWARDED),
        storage("buffer", read=GB, write=GB, charging=FORWARDED),
        network("multicast", deliver=ARRAY),
        network("accumulation", reduce=ARRAY),
        array("pes", x=pes),
        storage("rf", read=RF, write=RF, charging=FORWARDED),
        compute(),
        charge_by="transfer",
        operands="every_mac",
        energy_unit="mac",
        routes={
            WEIGHTS: ("dram", "buffer", "multicast", "pes", "rf", "mac"),
            INPUTS: ("dram", "buffer", "multicast", "pes", "rf", "mac"),
            OUTPUTS: ("dram", "buffer", "accumulation", "pes", "rf", "mac"),
        },
    )


def energy_of_one(tensor: str, use: Times) -> dict[str, Fraction]:
    """The energy of one element of the tensor, by level.

    One dimension that indexes the tensor runs inside the reuse at DRAM, the other inside that at
    the buffer, so that the element leaves the level below between two uses.
    """
    reused, outer, inner = REUSE[tensor]
    a, b, c, d = use.a, use.b, use.c, use.d
    layer = fully_connected(**{reused: a * b * c * d, outer: SIZE, inner: SIZE})
    chip = levels(pes=c)
    tiles = {
        "dram": {reused: b * c * d, outer: 1},
        "buffer": {reused: c * d, inner: 1},
        "pes.x": {reused: d},
        "rf": {reused: 1},
    }
    energies = cost_of(chip, layer, tiles).energies
    network = "accumulation" if tensor == OUTPUTS else "multicast"
    return {
        name: energies[component, tensor] / layer.words(tensor)
        for name, component in zip(LEVELS, ("dram", "buffer", network, "rf"), strict=True)
    }


def equation_3(use: Times) -> dict[str, int]:
    """a DRAM + a b GB + a b c array + a b c d RF."""
    a, b, c, d = use.a, use.b, use.c, use.d
    return {
        "dram": a * DRAM,
        "buffer": a * b * GB,
        "array": a * b * c * ARRAY,
        "rf": a * b * c * d * RF,
    }


def equation_4(use: Times) -> dict[str, int]:
    """(2a - 1) DRAM + 2a (b - 1) GB + a b (c - 1) array + 2 a b c (d - 1) RF."""
    a, b, c, d = use.a, use.b, use.c, use.d
    return {
        "dram": (2 * a - 1) * DRAM,
        "buffer": 2 * a * (b - 1) * GB,
        "array": a * b * (c - 1) * ARRAY,
        "rf": 2 * a * b * c * (d - 1) * RF,
    }


@pytest.mark.parametrize(
    ("use", "energy"), [(Times(1, 2, 3, 4), 248), (Times(2, 3, 3, 2), 508)], ids=str
)
def test_worked_examples_of_equation_3(use: Times, energy: int) -> None:
    """1 200 + 2 6 + 6 2 + 24 1 = 248, and 2 200 + 6 6 + 18 2 + 36 1 = 508."""
    assert sum(energy_of_one(INPUTS, use).values()) == energy


@pytest.mark.parametrize(
    ("use", "energy"), [(Times(1, 2, 3, 4), 256), (Times(2, 3, 3, 2), 708)], ids=str
)
def test_worked_examples_of_equation_4(use: Times, energy: int) -> None:
    """1 200 + 2 6 + 4 2 + 36 1 = 256, and 3 200 + 8 6 + 12 2 + 36 1 = 708."""
    assert sum(energy_of_one(OUTPUTS, use).values()) == energy


@pytest.mark.parametrize("tensor", [INPUTS, WEIGHTS])
@given(use=given_times)
def test_equation_3(tensor: str, use: Times) -> None:
    """Level by level, a value that is used a, b, c, d times costs what equation 3 says."""
    assert energy_of_one(tensor, use) == equation_3(use)


@given(use=given_times)
def test_equation_4(use: Times) -> None:
    """Level by level, a partial sum accumulated a, b, c, d times costs what equation 4 says."""
    assert energy_of_one(OUTPUTS, use) == equation_4(use)
