"""A result to a page: what every layer costs, what bounds it, and the machine."""

from collections.abc import Iterator
from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Mover
from hwsim.report.figures import percent, si
from hwsim.report.html.charts import energy_rows, machine, roofline, stacked
from hwsim.report.html.page import PageCell, Section, chart, named_unit, page, sortable
from hwsim.report.json import report_document
from hwsim.report.text import heading, summed_up
from hwsim.result import Result


def render(result: Result) -> str:
    """Return the report as one HTML file; its numbers are those of the JSON report."""
    title = f"{result.network.name} on {result.architecture.name}"
    stated = [*heading(result), *summed_up(result)]
    return page(title, stated, _sections(result, report_document(result)))


def _sections(result: Result, report: dict[str, Any]) -> Iterator[Section]:
    architecture, unit = result.architecture, named_unit(result.architecture.energy_unit)
    names = [entry["name"] for entry in report["layers"]]
    energies = stacked(energy_rows(report["layers"]), names, unit)
    yield Section(
        title="Energy by layer",
        body=chart("energy", energies, "Bars of the energy of each layer, by component or tensor"),
    )
    yield Section(title="Layers", body=_layers(report, unit))
    if points := list(_points(architecture, report)):
        peak = architecture.macs_per_cycle / architecture.compute.cycles_per_mac
        spec = roofline(points, peak, _outermost_words(architecture))
        told = "MACs a cycle of each layer over its MACs for each word of the outermost memory"
        yield Section(title="Roofline", body=chart("roofline", spec, told))
    told = "Components from the outermost to the MAC, and the routes of the tensors"
    yield Section(title="The machine", body=chart("machine", machine(architecture), told))


def _layers(report: dict[str, Any], unit: str) -> str:
    heads = ["layer", "MACs", f"energy, {unit}", "of all, %", "cycles", "utilized, %", "bound by"]
    whole = report["totals"]
    rows = [
        [
            (entry["name"], entry["name"]),
            *_amounts(entry, whole["energy"]),
            (entry["bound_by"], entry["bound_by"]),
        ]
        for entry in report["layers"]
    ]
    return sortable(heads, rows, [("total", ""), *_amounts(whole, whole["energy"]), ("", "")])


def _amounts(entry: dict[str, Any], energy: float) -> list[PageCell]:
    share = entry["energy"] / energy if energy else 0
    return [
        (si(entry["macs"]), entry["macs"]),
        (si(entry["energy"]), entry["energy"]),
        (percent(share), share),
        (si(entry["cycles"]), entry["cycles"]),
        (percent(entry["utilization"]), entry["utilization"]),
    ]


def _points(architecture: Architecture, report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield where each layer is below the roof, if it moves anything at its tensors' homes."""
    homes = {route[0] for route in architecture.routes.values()}
    for entry in report["layers"]:
        words = sum(
            moved["reads"] + moved["writes"]
            for home in homes
            for moved in entry["accesses"].get(home, {}).values()
        )
        if words and entry["cycles"]:
            yield {
                "layer": entry["name"],
                "intensity": entry["macs"] / words,
                "rate": entry["macs"] / entry["cycles"],
                "bound by": entry["bound_by"],
            }


def _outermost_words(architecture: Architecture) -> float | None:
    """Return the most words a cycle of the home of all tensors, where there is one with limits."""
    homes = {route[0] for route in architecture.routes.values()}
    parts = [architecture.components[home] for home in homes]
    if len(parts) > 1 or not isinstance(parts[0], Mover):
        return None
    limits = parts[0].bandwidth
    each = limits.read + limits.write if limits.read and limits.write else None
    most = [float(limit) for limit in (limits.both, each) if limit]
    return min(most, default=None)
