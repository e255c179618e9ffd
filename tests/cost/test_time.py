"""Cycles: one a step, what a component's words need of its bandwidth, and which of them binds."""

import pytest

from hwsim.cost import Cost
from tests.build import (
    architecture,
    array,
    compute,
    fully_connected,
    network,
    storage,
)
from tests.cost.priced import cost_of


def matrix_product(
    *,
    dram: float | None = None,
    links: float | None = None,
    spad: float | None = None,
    pes: int = 2,
) -> Cost:
    """3 outputs of 4 products each, on `pes` PEs that take the outputs in turn, with bandwidths.

    C runs at the DRAM, outside M, which runs in space and, if it has to, in the spad's time.
    """
    chip = architecture(
        storage("dram", bandwidth=dram),
        network("links", bandwidth=links),
        array("pes", x=pes),
        storage("spad", bandwidth=spad),
        compute(),
    )
    tiles = {"dram": {"C": 1}, "pes.x": {"M": -(-3 // pes)}, "spad": {"M": 1}}
    return cost_of(chip, fully_connected(M=3, C=4), tiles)


def test_compute_takes_one_cycle_a_step() -> None:
    """12 MACs on 2 PEs, 2 + 1 at a time: 4 channels of 2 steps, the second with an idle PE."""
    cost = matrix_product()
    assert cost.cycles_by_component == {"mac": 8}
    assert (cost.cycles, cost.bound_by) == (8, "mac")


def test_a_storage_moves_what_it_reads_and_writes() -> None:
    """The DRAM reads 12 weights and 4 inputs; 3 outputs stay below and are written once: 19 words.

    At 2 words a cycle that takes 9.5 cycles, begun ones counted whole; at 19 a single one.
    """
    assert matrix_product(dram=2).cycles_by_component == {"mac": 8, "dram": 10}
    assert matrix_product(dram=19).cycles_by_component["dram"] == 1


def test_bandwidth_is_a_decimal_not_a_float() -> None:
    """19 words at 0.1 a cycle take 190 cycles, not 191 by the rounding of a float."""
    assert matrix_product(dram=0.1).cycles_by_component["dram"] == 190


def test_a_network_carries_both_ways_at_once() -> None:
    """Down 12 weights and 4 inputs, each multicast once; up 3 outputs: the larger, 16, counts."""
    assert matrix_product(links=1).cycles_by_component["links"] == 16


def test_instances_share_the_work_of_a_storage() -> None:
    """The PEs' spads work side by side.

    By action, with all fills: 12 weights and, into 2 spads, 4 x 2 inputs written; 12 and 12 read;
    outputs read 9 times (3 first ones are free), written 12 times, and 3 read out: 68 words.
    3 outputs on 2 spads keep both of them busy in all 4 moves: 34 words each.
    """
    assert matrix_product(spad=1).cycles_by_component["spad"] == 34


def test_idle_instances_do_not_share() -> None:
    """On 8 PEs of which 3 have work, 3 spads take a third each of 72 words: 12 inputs arrive."""
    assert matrix_product(spad=1, pes=8).cycles_by_component["spad"] == 24


@pytest.mark.parametrize(
    ("dram", "links", "binds"), [(4, 4, "mac"), (2, 4, "dram"), (4, 1, "links"), (1.5, 1, "links")]
)
def test_the_slowest_component_binds(dram: float, links: float, binds: str) -> None:
    """Compute takes 8 cycles, the DRAM 19 / bandwidth, the network 16 / bandwidth."""
    cost = matrix_product(dram=dram, links=links)
    assert cost.bound_by == binds
    assert cost.cycles == max(cost.cycles_by_component.values())


def test_layers_run_one_after_the_other() -> None:
    """Cycles add up, also where another component binds each; a sum is bound by the largest sum."""
    slow, fast = matrix_product(dram=1), matrix_product(dram=4)
    both = slow + fast
    assert (slow.cycles, fast.cycles, both.cycles) == (19, 8, 27)
    assert both.cycles_by_component == {"mac": 16, "dram": 19 + 5}
    assert both.bound_by == "dram"


def test_unlimited_bandwidth_takes_no_time() -> None:
    """A component that declares no bandwidth is not among those that could bind."""
    assert matrix_product().cycles_by_component.keys() == {"mac"}
