"""A result to the JSON report; its schema is `hwsim/schemas/report/v1.json`."""

import json
import re
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.cost import COMPUTE, Cost
from hwsim.mapping.build import BYPASS
from hwsim.result import LayerResult, Result
from hwsim.vocabulary import TENSORS

REPORT_SCHEMA = "hwsim/report/v1"
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
        "declared": dict(architecture.declared),
        "totals": {
            "macs": result.macs,
            "macs_charged": number(
                sum((layer.macs_charged for layer in result.layers), Fraction(0))
            ),
            **_spent(cost),
            "utilization": result.utilization,
            **_split(architecture, cost),
        },
        "layers": [_layer(result, layer) for layer in result.layers],
        "unmapped": {name: list(reasons) for name, reasons in result.unmapped.items()},
        "unpriced": [{"name": node.name, "kind": node.kind} for node in network.unpriced],
        "missing": [asdict(one) for one in network.missing],
        "precomputed": [asdict(one) for one in network.precomputed],
        "notes": list(network.notes),
    }


def _estimates(architecture: Architecture) -> dict[str, list[dict[str, Any]]]:
    """The energies that no file says as they are, if there are any."""
    estimates = [
        {
            "component": one.component,
            "action": one.action,
            "energy": one.energy,
            "estimator": one.estimator,
            "source": one.estimate.source,
            "spread": one.estimate.spread,
            "outside": list(one.outside),
        }
        for one in architecture.derived
        if not one.as_said
    ]
    return {"estimates": estimates} if estimates else {}


def _layer(result: Result, simulated: LayerResult) -> dict[str, Any]:
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
        **_split(result.architecture, cost),
        "accesses": _accesses(result.architecture, simulated),
        "mapping_derived": simulated.derived,
        "mapping_proven": simulated.proven,
        "certificate": _certificate(simulated),
        "mapping": _mapping(result, simulated),
    }


def _certificate(simulated: LayerResult) -> dict[str, Any] | None:
    known = simulated.certificate
    return {**asdict(known), "gap": known.gap} if known else None


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
            name: number(components.get(name, zero)) for name in architecture.components
        },
        "by_tensor": {name: number(tensors.get(name, zero)) for name in (*TENSORS, COMPUTE)},
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


def _mapping(result: Result, simulated: LayerResult) -> dict[str, Any]:
    """The layer's nest as a mapping document, which `--mapping` takes."""
    architecture, network, layer = result.architecture.name, result.network.name, simulated.layer
    bypassed = simulated.nest.bypassed
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
