"""The ways of charging, each on a nest that is worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Storage
from hwsim.cost import Cost
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import (
    architecture,
    array,
    compute,
    convolution,
    fully_connected,
    network,
    storage,
)
from tests.cost.priced import cost_of
from tests.generate import Case, cases

#: As many accesses as possible, and as few.
ALL = Charging(fills="charged", first_reads="charged", drains="charged")
FEW = Charging(fills="free", first_reads="forwarded", drains="forwarded")


def cost(
    charge_by: str = "action",
    charging: Charging | None = None,
    *,
    operands: str = "every_mac",
    spad: tuple[float, float] = (2, 1),
) -> Cost:
    """The cost of a 2 x 2 matrix times a vector.

    The spad holds one word of each tensor, and C runs outside M: four steps,
    in which (weight, input, output) are 00 0 0, 10 0 1, 01 1 0, 11 1 1. Over the link from the DRAM
    4 weights and 2 inputs arrive; outputs visit 4 times, the last two with a value. DRAM reads cost
    20, writes 10; spad reads 2, writes 1, unless `spad` says otherwise; a MAC 3.
    """
    read, write = spad
    chip = architecture(
        storage("dram", read=20, write=10, charging=charging),
        storage("spad", read=read, write=write, charging=charging),
        compute(energy=3),
        charge_by=charge_by,
        operands=operands,
    )
    return cost_of(chip, fully_connected(M=2, C=2), {"dram": {"C": 1, "M": 1}})


def changed_from(before: Cost, after: Cost) -> dict[tuple[str, str], Fraction]:
    """The cells in which the second cost differs, and by how much."""
    cells = before.energies.keys() | after.energies.keys()
    changes = {
        cell: after.energies.get(cell, Fraction(0)) - before.energies.get(cell, Fraction(0))
        for cell in cells
    }
    return {cell: change for cell, change in changes.items() if change}


def test_by_action_reads_and_writes_pay_where_they_happen() -> None:
    """Weights: 4 reads of 20; 4 writes of 1 and 4 reads of 2. Inputs: 2 of 20; 2 of 1, 4 of 2.

    Outputs: DRAM reads the 2 with a value, 20 each, and writes 4, 10 each. The spad writes the 2
    on arrival, reads the 2 to add to, writes 4 sums, and reads 4 on their way out:
    2 + 4 + 4 + 8 = 18.
    """
    assert cost().energies == {
        ("dram", WEIGHTS): 80,
        ("spad", WEIGHTS): 4 + 8,
        ("dram", INPUTS): 40,
        ("spad", INPUTS): 2 + 8,
        ("dram", OUTPUTS): 40 + 40,
        ("spad", OUTPUTS): 18,
        ("mac", "compute"): 12,
    }


def test_by_transfer_the_dearer_end_pays_alone() -> None:
    """As by action at the DRAM; the spad's writes on arrival and reads on the way out are gone."""
    assert changed_from(cost("action"), cost("transfer")) == {
        ("spad", WEIGHTS): -4,
        ("spad", INPUTS): -2,
        ("spad", OUTPUTS): -2 - 8,
    }


def test_by_transfer_a_dearer_spad_pays_instead_of_the_dram() -> None:
    """Spad reads of 30 and writes of 25 exceed the DRAM's 20 and 10.

    Down: 4 weights, 2 inputs and 2 outputs at 25; up: 4 outputs at 30. To and from the MAC, which
    has no price of its own for them: reads of 4, 4 and 2 at 30, and 4 writes at 25.
    """
    assert cost("transfer", spad=(30, 25)).energies == {
        ("spad", WEIGHTS): 4 * 25 + 4 * 30,
        ("spad", INPUTS): 2 * 25 + 4 * 30,
        ("spad", OUTPUTS): 2 * 25 + 4 * 30 + 2 * 30 + 4 * 25,
        ("mac", "compute"): 12,
    }


def test_by_transfer_each_way_has_its_own_dearer_end() -> None:
    """Spad writes of 25 are dearer than DRAM reads of 20; spad reads of 2 are not than writes."""
    assert cost("transfer", spad=(2, 25)).energies[("dram", OUTPUTS)] == 4 * 10
    assert cost("transfer", spad=(2, 25)).energies[("dram", WEIGHTS)] == 0


@pytest.mark.parametrize(("spad_write", "booked"), [(1, ("dram", 20)), (25, ("spad", 3 * 25))])
def test_a_multicast_is_one_read_but_as_many_arrivals(
    spad_write: float, booked: tuple[str, int]
) -> None:
    """One input for the 3 filters of 3 PEs: the DRAM reads it once, three spads write it."""
    chip = architecture(
        storage("dram", read=20, write=10),
        array("pes", x=3),
        storage("spad", read=0, write=spad_write),
        compute(),
        charge_by="transfer",
    )
    energies = cost_of(chip, fully_connected(M=3, C=1), {"pes.x": {"M": 1}}).energies
    name, energy = booked
    assert energies[name, INPUTS] == energy


def test_networks_charge_deliveries_collections_and_additions() -> None:
    """2 channels x 2 filters on 4 PEs; each filter's 2 contributions are added on the way up.

    Delivered: 4 weights, and each of 2 inputs to 2 PEs, at 2. Collected: 2 outputs at 3. Added: one
    of each 2 contributions, twice, at 5.
    """
    chip = architecture(
        storage("dram"),
        network("links", deliver=2, collect=3, reduce=5),
        array("pes", x=2, y=2),
        storage("spad"),
        compute(),
    )
    tiles = {"pes.x": {"C": 1}, "pes.y": {"M": 1}}
    energies = cost_of(chip, fully_connected(M=2, C=2), tiles).energies
    assert [energies["links", tensor] for tensor in (WEIGHTS, INPUTS, OUTPUTS)] == [8, 8, 6 + 10]


def test_free_fills_are_not_written() -> None:
    """The spad's writes on arrival: 4 weights, 2 inputs, 2 partial sums."""
    free = Charging(fills="free")
    assert changed_from(cost(), cost(charging=free)) == {
        ("spad", WEIGHTS): -4,
        ("spad", INPUTS): -2,
        ("spad", OUTPUTS): -2,
    }


def test_charged_first_reads_read_zeros() -> None:
    """All 4 visits read the DRAM, not 2 of them; all 4 additions read the spad, not 2."""
    charged = Charging(first_reads="charged")
    assert changed_from(cost(), cost(charging=charged)) == {
        ("dram", OUTPUTS): 2 * 20,
        ("spad", OUTPUTS): 2 * 2,
    }


def test_forwarded_first_reads_pass_the_spad_by() -> None:
    """The 2 partial sums that return go straight to the MAC: neither written nor read in the spad.

    Nothing lies above the DRAM, so nothing passes by there.
    """
    forwarded = Charging(first_reads="forwarded")
    assert changed_from(cost(), cost(charging=forwarded)) == {("spad", OUTPUTS): -2 * 1 - 2 * 2}


def test_forwarded_drains_pass_the_spad_by() -> None:
    """Each visit's one sum goes straight up: 4 writes of 1 and 4 reads of 2 less."""
    forwarded = Charging(drains="forwarded")
    assert changed_from(cost(), cost(charging=forwarded)) == {("spad", OUTPUTS): -4 * 1 - 4 * 2}


def test_written_drains_leave_the_spad_without_a_read() -> None:
    """Each visit's one sum is written, and is not read on its way up: 4 reads of 2 less.

    By transfer the DRAM pays for the way up, however dear the spad: 4 writes of 10, not 4 reads of
    500 in the spad; the 2 that return are still paid in the spad.
    """
    written = Charging(drains="written")
    assert changed_from(cost(), cost(charging=written)) == {("spad", OUTPUTS): -4 * 2}
    dear = [cost("transfer", how, spad=(500, 500)) for how in (None, written)]
    assert changed_from(*dear) == {("spad", OUTPUTS): -4 * 500, ("dram", OUTPUTS): 4 * 10}


def test_a_latched_operand_is_read_when_it_changes() -> None:
    """Only the input is the same in two consecutive steps: it is read 2 times, not 4."""
    assert changed_from(cost(), cost(operands="latched")) == {("spad", INPUTS): -2 * 2}


def test_a_latched_sum_returns_when_it_changes() -> None:
    """1 output of 3 products: every MAC writes, and but for the first reads; latched, one write."""
    energies = {}
    for operands in ("every_mac", "latched"):
        chip = architecture(
            storage("dram"), storage("spad", read=2, write=1), compute(), operands=operands
        )
        cells = cost_of(chip, convolution(C=3), {"spad": {"C": 1}}).energies
        energies[operands] = cells["spad", OUTPUTS]
    drain = 2
    assert energies == {"every_mac": 2 * 2 + 3 * 1 + drain, "latched": 1 + drain}


def test_a_storage_overrides_what_its_neighbours_do() -> None:
    """Only the spad forwards: the DRAM above it reads and writes as before."""
    chip = architecture(
        storage("dram", read=20, write=10, charging=ALL),
        storage("spad", read=2, write=1, charging=FEW),
        compute(),
    )
    cells = cost_of(chip, fully_connected(M=2, C=2), {"dram": {"C": 1, "M": 1}}).energies
    assert cells["dram", OUTPUTS] == 4 * 20 + 4 * 10
    assert cells.get(("spad", OUTPUTS), 0) == 0


@given(cases())
def test_shares_sum_to_the_total_exactly(case: Case) -> None:
    """By component, by tensor and by cell: Fractions, so nothing is lost to rounding."""
    cost = cost_of(case.architecture, case.layer, case.nest)
    assert sum(cost.by_component.values()) == cost.energy
    assert sum(cost.by_tensor.values()) == cost.energy
    twice = cost + cost
    assert twice.energy == sum(twice.by_tensor.values()) == 2 * cost.energy


@pytest.mark.parametrize("charge_by", ["action", "transfer"])
def test_energies_are_the_decimals_that_were_written(charge_by: str) -> None:
    """Ten reads of 0.1 are 1: an energy is the decimal in the file, not its nearest float."""
    chip = architecture(
        storage("dram", read=0.1, write=0), compute(energy=0.1), charge_by=charge_by
    )
    cost = cost_of(chip, fully_connected(M=10, C=1), {"dram": {"M": 1}})
    assert cost.by_tensor == {"compute": 1, WEIGHTS: 1, INPUTS: 1, OUTPUTS: 0}


@given(case=cases())
def test_charging_less_never_costs_more(case: Case) -> None:
    """With every convention at its least there is no access more than with all at their most."""
    most, least = (
        cost_of(_charged(case.architecture, how), case.layer, case.nest) for how in (ALL, FEW)
    )
    assert least.energy <= most.energy


def _charged(chip: Architecture, charging: Charging) -> Architecture:
    """The chip with these conventions in all its storages."""
    parts = {
        name: replace(part, charging=charging) if isinstance(part, Storage) else part
        for name, part in chip.components.items()
    }
    return replace(chip, components=parts)


def test_a_sum_that_passes_a_dear_storage_by_costs_what_the_parent_asks() -> None:
    """By transfer, with the spad dearer (500) than the DRAM (20, 10): 4 visits arrive at the DRAM
    and 2 return; they are paid at the spad, unless they pass it by: then at the DRAM."""
    passing = Charging(drains="forwarded", first_reads="forwarded")
    stored = cost("transfer", spad=(500, 500)).energies
    passed = cost("transfer", passing, spad=(500, 500)).energies
    assert ("dram", OUTPUTS) not in stored
    assert passed["dram", OUTPUTS] == 4 * 10 + 2 * 20
