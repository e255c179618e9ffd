"""What is spent whatever is done, laws: in proportion to time, to leakage and to instances."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hwsim.architecture.architecture import CLOCK, Architecture
from hwsim.cost import STATIC, Cost
from tests.build import architecture, array, compute, fully_connected, storage
from tests.cost.priced import cost_of

LAYER = fully_connected(M=3, C=4)
TILES = {"dram": {"C": 1}, "pes.x": {"M": 2}, "spad": {"M": 1}}
MILLIWATTS = st.sampled_from([0.25, 1, 3.5, 1000])


def chip(bandwidth: float | None = None, clock_mhz: float = 200) -> Architecture:
    """A DRAM, and two PEs with a scratchpad each."""
    return architecture(
        storage("dram", bandwidth=bandwidth),
        array("pes", x=2),
        storage("spad"),
        compute(),
        clock_mhz=clock_mhz,
    )


def leaking(chip: Architecture, clock_energy: float = 0, **leakage: float) -> Architecture:
    """The chip with these leakages in mW."""
    parts = {
        name: replace(part, leakage_mw=leakage.get(name)) for name, part in chip.components.items()
    }
    return replace(chip, components=parts, clock_energy=clock_energy)


def cost(chip: Architecture) -> Cost:
    """The cost of the layer."""
    return cost_of(chip, LAYER, TILES)


def test_a_mw_for_a_cycle_of_a_mhz_is_a_nj() -> None:
    """Three mW in each of two scratchpads, 8 cycles at 200 MHz: 6e-3 W for 40 ns are 240 pJ."""
    spent = cost(leaking(chip(), spad=3))
    assert spent.cycles == 8
    assert spent.energies["spad", STATIC] == 240


def test_no_leakage_costs_nothing() -> None:
    """Leakages of 0 are as none."""
    assert cost(leaking(chip(), dram=0, spad=0, mac=0)) == cost(chip())


@given(MILLIWATTS, MILLIWATTS, MILLIWATTS)
def test_energy_is_linear_in_leakage(dram: float, spad: float, clock: float) -> None:
    """Leakages add up, and with the clock's; nothing else changes."""
    none, alone = cost(chip()), cost(leaking(chip(), dram=dram)).energy
    other, of_clock = cost(leaking(chip(), spad=spad)).energy, cost(leaking(chip(), clock)).energy
    every = cost(leaking(chip(), clock, dram=dram, spad=spad))
    assert every.energy - none.energy == alone + other + of_clock - 3 * none.energy
    assert every.by_component[CLOCK] == Fraction(str(clock)) * every.cycles
    moved = {cell: it for cell, it in every.energies.items() if cell[1] != STATIC}
    assert (moved, every.cycles) == (none.energies, none.cycles)


def test_more_cycles_never_cost_less_static_energy() -> None:
    """A slower DRAM makes the layer longer, and all that leaks dearer, the dearer the longer."""
    spent = [
        (it.cycles, it.by_tensor[STATIC])
        for bandwidth in (None, 2, 1, 0.5)
        for it in [cost(leaking(chip(bandwidth), 2, spad=1))]
    ]
    assert spent == sorted(spent)
    assert spent[0] < spent[-1]


def test_a_faster_clock_leaks_less_and_switches_as_often() -> None:
    """In half the time half the energy leaks; the clock's is of a cycle, however short."""
    slow, fast = (cost(leaking(chip(clock_mhz=mhz), 2, spad=1)) for mhz in (100, 200))
    assert slow.by_component[CLOCK] == fast.by_component[CLOCK]
    assert slow.energies["spad", STATIC] == 2 * fast.energies["spad", STATIC]


def test_areas_add_up_over_instances() -> None:
    """An area is of one instance; of what says none, nothing is known."""
    parts = chip().components
    said = {**parts, "spad": replace(parts["spad"], area_mm2=0.1)}
    said["pes"] = replace(parts["pes"], area_mm2=1)
    sized = replace(chip(), components=said)
    assert sized.areas == {"pes": 1, "spad": Fraction(1, 5)}
    assert sized.without_area == ("dram", "mac")
