"""Counts to cost: energy by component and tensor, cycles by component. Never looks at a mapping."""

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cost.cost import COMPUTE, STATIC, Cost, spent_on, value
from hwsim.cost.energy import energies
from hwsim.cost.time import timed
from hwsim.workload.layer import Layer

__all__ = ["COMPUTE", "STATIC", "Cost", "price", "spent_on", "value"]


def price(
    architecture: Architecture, counts: Counts, traffics: tuple[Traffic, ...], layer: Layer
) -> Cost:
    """Return the energy and the time of a counted layer."""
    time = timed(architecture, counts, traffics, layer)
    static = {(name, STATIC): each * time.cycles for name, each in architecture.static.items()}
    return Cost(
        energies=energies(architecture, traffics, layer) | static,
        cycles=time.cycles,
        compute_cycles=time.compute,
        fill_cycles=time.fill,
        stall_cycles=time.stalls,
        cycles_by_component=time.needed,
    )
