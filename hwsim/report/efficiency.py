"""What is done and spent to power and operations, as far as units, clock and areas are said."""

from dataclasses import dataclass
from fractions import Fraction

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.units import UNITS
from hwsim.cost import STATIC, Cost
from hwsim.result import LayerResult, Result
from hwsim.workload.network import Network

#: Operations of a multiply-accumulate: a multiplication and an addition.
OPERATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficiency:
    """Power, and operations by time, energy and area; None what cannot be said.

    Every MAC counts, zeros or not; of `charged` figures only those that zeros do not save.
    """

    joules_per_image: Fraction | None
    watts: Fraction | None
    static_watts: Fraction | None
    tops: Fraction | None
    charged_tops: Fraction | None
    tops_per_watt: Fraction | None
    charged_tops_per_watt: Fraction | None
    gops_per_mm2: Fraction | None


def efficiency(result: Result) -> Efficiency:
    """The efficiency of all simulated layers together."""
    charged = sum((layer.macs_charged for layer in result.layers), Fraction(0))
    return _efficiency(result.architecture, result.network, result.macs, charged, result.cost)


def layer_efficiency(
    architecture: Architecture, network: Network, layer: LayerResult
) -> Efficiency:
    """The efficiency of a layer."""
    return _efficiency(architecture, network, layer.layer.macs, layer.macs_charged, layer.cost)


def _efficiency(
    architecture: Architecture, network: Network, macs: int, charged: Fraction, cost: Cost
) -> Efficiency:
    joules = _joules(architecture, cost.energy)
    static = _joules(architecture, cost.by_tensor.get(STATIC, Fraction(0)))
    seconds = architecture.seconds(cost.cycles)
    tops = _per(Fraction(OPERATIONS * macs, 10**12), seconds)
    area = sum(architecture.areas.values(), Fraction(0))
    return Efficiency(
        joules_per_image=_per(joules, Fraction(network.batch)),
        watts=_per(joules, seconds),
        static_watts=_per(static, seconds),
        tops=tops,
        charged_tops=_per(OPERATIONS * charged / 10**12, seconds),
        tops_per_watt=_per(Fraction(OPERATIONS * macs, 10**12), joules),
        charged_tops_per_watt=_per(OPERATIONS * charged / 10**12, joules),
        gops_per_mm2=_per(None if tops is None else 1000 * tops, area),
    )


def _joules(architecture: Architecture, energy: Fraction) -> Fraction | None:
    per_joule = UNITS[architecture.energy_unit].per_joule
    return energy / per_joule if per_joule else None


def _per(amount: Fraction | None, of: Fraction | None) -> Fraction | None:
    """The quotient, if both are known and there is any of the second."""
    return amount / of if amount is not None and of else None
