"""Counts to cost: energy by component and tensor, cycles by component. Never looks at a mapping."""

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cost.cost import COMPUTE, Cost
from hwsim.cost.energy import energies
from hwsim.cost.time import cycles

__all__ = ["COMPUTE", "Cost", "price"]


def price(
    architecture: Architecture, counts: Counts, traffics: tuple[Traffic, ...], macs: int
) -> Cost:
    """The energy and the time of a counted layer."""
    needed = cycles(architecture, counts, traffics)
    return Cost(
        energies=energies(architecture, traffics, macs),
        cycles=max(needed.values()),
        cycles_by_component=needed,
    )
