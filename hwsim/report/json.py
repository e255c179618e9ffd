"""A result to the JSON report; its schema is `hwsim/schemas/report/v1.json`."""

import json
import re
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.derived import ENERGY, Derived
from hwsim.cost import Cost, spent_on
from hwsim.mapper import NO_LIMITS
from hwsim.mapping.build import BYPASS
from hwsim.report.efficiency import Efficiency, efficiency, layer_efficiency
from hwsim.result import LayerResult, Result
from hwsim.workload.network import Network

REPORT_SCHEMA = "hwsim/report/v1"
#: What JSON of other kinds repeats of it.
REPEATED = (
    *("architecture", "network", "batch", "energy_unit", "clock_mhz", "charging", "estimates"),
    "within",
)
#: What no name of a document may hold; networks that a program made may.
_UNNAMED = re.compile(r"[^A-Za-z0-9_.-]+")


def render(result: Result) -> str:
    """The report as JSON text."""
    return json.dumps(report_document(result), indent=2) + "\n"


def report_document(result: Result) -> dict[str, Any]:
    """The report as plain data. Energies are in `energy_unit`, accesses in words."""
    architecture, network, cost = result.architecture, result.network, result.cost
    return {
        "schema": REPORT_SCHEMA,
        "architecture": architecture.name,
        "network": network.name,
        "batch": network.batch,
        "energy_unit": architecture.energy_unit,
        "clock_mhz": architecture.clock_mhz,
        "charging": {"by": architecture.charge_by, "operands": architecture.operands},
        **_estimates(architecture),
        **_area(architecture),
        **_limits(result),
        "declared": dict(architecture.declared),
        "totals": {
            "macs": result.macs,
            "macs_charged": number(
                sum((layer.macs_charged for layer in result.layers), Fraction(0))
            ),
            **_spent(cost),
            "utilization": result.utilization,
            **_efficiency(efficiency(result)),
            **_split(architecture, cost),
        },
        "layers": [layer_document(architecture, network, layer) for layer in result.layers],
        "unmapped": {name: list(reasons) for name, reasons in result.unmapped.items()},
        "unpriced": [{"name": node.name, "kind": node.kind} for node in network.unpriced],
        "missing": [asdict(one) for one in network.missing],
        "precomputed": [asdict(one) for one in network.precomputed],
        "notes": list(network.notes),
    }


def _estimates(architecture: Architecture) -> dict[str, list[dict[str, Any]]]:
    """The energies, areas and leakages that no file says as they are, if there are any."""
    estimates = [
        {
            "component": one.component,
            **_figure(one),
            "estimator": one.estimator,
            "source": one.estimate.source,
            "spread": one.estimate.spread,
            "outside": list(one.outside),
        }
        for one in architecture.derived
        if not one.as_said
    ]
    return {"estimates": estimates} if estimates else {}


def _figure(one: Derived) -> dict[str, Any]:
    if one.key == ENERGY:
        return {"action": one.action, "energy": one.value}
    return {one.key: one.value}


def _area(architecture: Architecture) -> dict[str, dict[str, Any]]:
    """The areas in mm2, if any is said."""
    areas = architecture.areas
    area = {
        "mm2": number(sum(areas.values(), Fraction(0))),
        "by_component": {name: number(each) for name, each in areas.items()},
        "not_said": list(architecture.without_area),
    }
    return {"area": area} if areas else {}


def _efficiency(of: Efficiency) -> dict[str, dict[str, int | float | None]]:
    """Power and operations, if anything can be said of them."""
    said = {name: it if it is None else number(it) for name, it in asdict(of).items()}
    return {"efficiency": said} if any(it is not None for it in said.values()) else {}


def _limits(result: Result) -> dict[str, Any]:
    """What the mappings were to be within, and what is known of them together, if anything."""
    limits = [
        {"what": one.what, "amount": number(one.amount), "layers": one.layers or None}
        for one in result.within.limits
    ]
    choice = {**asdict(result.choice), "gap": result.choice.gap} if result.choice else None
    return {
        **({"within": limits} if limits else {}),
        **({"choice": choice} if choice else {}),
    }


def layer_document(
    architecture: Architecture, network: Network, simulated: LayerResult
) -> dict[str, Any]:
    """A simulated layer as plain data."""
    cost = simulated.cost
    return {
        "name": simulated.layer.name,
        "kind": simulated.layer.kind,
        "bounds": dict(simulated.layer.bounds),
        "times": simulated.layer.times,
        "macs": simulated.layer.macs,
        "macs_charged": number(simulated.macs_charged),
        "macs_timed": number(simulated.macs_timed),
        "stored": {
            tensor: {
                **{name: number(Fraction(value)) for name, value in asdict(stored).items()},
                "compression": number(stored.compression) if stored.stored_bits else None,
            }
            for tensor, stored in simulated.stored.items()
        },
        **_spent(cost),
        "utilization": simulated.utilization,
        "active_pes": simulated.active_pes,
        "bound_by": cost.bound_by,
        "cycles_by_component": dict(cost.cycles_by_component),
        **_efficiency(layer_efficiency(architecture, network, simulated)),
        **_split(architecture, cost),
        "accesses": _accesses(architecture, simulated),
        "mapping_derived": simulated.derived,
        "mapping_proven": simulated.proven,
        "certificate": _certificate(simulated),
        "mapping": _mapping(architecture.name, network.name, simulated),
    }


def _certificate(simulated: LayerResult) -> dict[str, Any] | None:
    known = simulated.certificate
    if known is None:
        return None
    document = {**asdict(known), "gap": known.gap}
    if known.within == NO_LIMITS:
        del document["within"]
    return document


def _spent(cost: Cost) -> dict[str, Any]:
    return {
        "energy": number(cost.energy),
        "cycles": cost.cycles,
        "cycles_by_cause": {
            "compute": cost.compute_cycles,
            "fill": cost.fill_cycles,
            "stalls": dict(cost.stall_cycles),
        },
    }


def _split(architecture: Architecture, cost: Cost) -> dict[str, dict[str, int | float]]:
    """The energy by component, outermost first, and by tensor; 0 where nothing is spent."""
    components, tensors = cost.by_component, cost.by_tensor
    zero = Fraction(0)
    return {
        "by_component": {
            name: number(components.get(name, zero)) for name in architecture.spenders
        },
        "by_tensor": {name: number(tensors.get(name, zero)) for name in spent_on(architecture)},
    }


def _accesses(
    architecture: Architecture, simulated: LayerResult
) -> dict[str, dict[str, dict[str, int | float]]]:
    """Reads and writes in words, for the whole batch, all groups together; and the bits of them."""
    return {
        component: {
            tensor: {
                "reads": words.reads,
                "writes": words.writes,
                "read_bits": number(simulated.moved[component][tensor].read),
                "written_bits": number(simulated.moved[component][tensor].written),
            }
            for tensor, words in simulated.accesses[component].items()
        }
        for component in architecture.components
        if component in simulated.accesses
    }


def _mapping(architecture: str, network: str, simulated: LayerResult) -> dict[str, Any]:
    """The layer's nest as a mapping document, which `--mapping` takes."""
    layer, bypassed = simulated.layer, simulated.nest.bypassed
    return {
        "schema": "hwsim/mapping/v1",
        "name": _UNNAMED.sub("_", f"{architecture}_{network}_{layer.name}"),
        "architecture": architecture,
        "network": network,
        "layers": {
            layer.name: {
                place: {
                    **({BYPASS: list(bypassed[place])} if place in bypassed else {}),
                    **{loop.dimension: loop.tile for loop in loops},
                }
                for place, loops in simulated.nest.loops_at.items()
                if loops or place in bypassed
            }
        },
    }


def number(energy: Fraction) -> int | float:
    """An integer where it is one, else the nearest float."""
    return energy.numerator if energy.denominator == 1 else float(energy)
