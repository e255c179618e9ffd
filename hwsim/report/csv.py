"""A result to CSV: a row for each layer and one for the total, with units in the columns' names."""

import csv
from collections import Counter
from io import StringIO
from typing import Any

from hwsim.report.json import report_document
from hwsim.result import Result

Cells = dict[str, Any]
TOTAL = "total"


def render(result: Result) -> str:
    """The report as CSV text; columns of more than one word are the paths of the JSON report."""
    report = report_document(result)
    energy = f"energy_{report['energy_unit'].lower()}"
    rows = [_layer(entry, energy) for entry in report["layers"]]
    rows.append(_total(report["totals"], energy, rows))
    table = StringIO()
    columns = dict.fromkeys(column for row in rows for column in row)
    writer = csv.DictWriter(table, columns, restval=0, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def _layer(entry: Cells, energy: str) -> Cells:
    return {
        "layer": entry["name"],
        "kind": entry["kind"],
        "macs": entry["macs"],
        "macs_charged": entry["macs_charged"],
        energy: entry["energy"],
        "cycles": entry["cycles"],
        "utilization": entry["utilization"],
        "active_pes": entry["active_pes"],
        "bound_by": entry["bound_by"],
        "times": entry["times"],
        "mapping": "derived" if entry["mapping_derived"] else "given",
        **_proof(entry),
        **_contents(entry["stored"]),
        **_efficiency(entry),
        **_split(entry, energy),
        **_words(entry["accesses"]),
        **_causes(entry["cycles_by_cause"]),
    }


def _contents(stored: Cells) -> Cells:
    """Nonzeros, and how many times less room a tensor takes for being encoded."""
    return {
        f"{name}.{tensor}": of[name]
        for name in ("nonzeros", "compression")
        for tensor, of in stored.items()
    }


def _proof(entry: Cells) -> Cells:
    """Whether the mapping is the best, and by what share of its value another may be better."""
    if not entry["certificate"]:
        return {"proven": "", "gap": ""}
    return {
        "proven": "yes" if entry["mapping_proven"] else "no",
        "gap": entry["certificate"]["gap"],
    }


def _total(totals: Cells, energy: str, layers: list[Cells]) -> Cells:
    """The row of the totals; cells that belong to single layers are empty."""
    words = Counter[str]()
    for row in layers:
        words.update({name: cell for name, cell in row.items() if name.startswith("accesses.")})
    return {
        **dict.fromkeys(layers[0], ""),
        "layer": TOTAL,
        "macs": totals["macs"],
        "macs_charged": totals["macs_charged"],
        energy: totals["energy"],
        "cycles": totals["cycles"],
        "utilization": totals["utilization"],
        **_efficiency(totals),
        **_split(totals, energy),
        **words,
        **_causes(totals["cycles_by_cause"]),
    }


def _efficiency(entry: Cells) -> Cells:
    return {
        f"efficiency.{name}": amount
        for name, amount in entry.get("efficiency", {}).items()
        if amount is not None
    }


def _split(entry: Cells, energy: str) -> Cells:
    return {
        f"{part}.{name}.{energy}": amount
        for part in ("by_component", "by_tensor")
        for name, amount in entry[part].items()
    }


def _causes(causes: Cells) -> Cells:
    stalls = {f"cycles_by_cause.stalls.{name}": of for name, of in causes["stalls"].items()}
    return {f"cycles_by_cause.{name}": causes[name] for name in ("compute", "fill")} | stalls


def _words(accesses: dict[str, dict[str, dict[str, int | float]]]) -> Cells:
    return {
        _column(component, tensor, action): amount
        for component, tensors in accesses.items()
        for tensor, actions in tensors.items()
        for action, amount in actions.items()
    }


def _column(component: str, tensor: str, action: str) -> str:
    """The path of an amount, with its unit at the end."""
    unit = "" if action.endswith("_bits") else "_words"
    return f"accesses.{component}.{tensor}.{action}{unit}"
