"""What is measured to the specs of charts, as Vega-Lite takes them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from hwsim.architecture.architecture import Architecture

Spec = dict[str, Any]
#: Rows that a chart shows; each is a mapping from names to values.
ChartRows = Sequence[dict[str, Any]]
#: Pixels that a bar takes.
BAR = 22


def stacked(data: ChartRows, order: Sequence[str], unit: str) -> Spec:
    """Return bars by `layer`, each stacked by `part`; a switch chooses what parts are `by`."""
    energy = f"energy, {unit}"
    spec = _bars(data, "layer", order, ("by", "by"), amount="energy", title=energy)
    spec["encoding"] |= {
        "color": {
            "field": "part",
            "type": "nominal",
            "sort": None,
            "title": None,
            "scale": {"scheme": "tableau10"},
            "legend": {"orient": "top", "columns": 4},
        },
        "order": {"field": "at"},
        "tooltip": [
            {"field": "layer"},
            {"field": "part"},
            {"field": "energy", "format": ".4s", "title": energy},
            {"field": "share", "format": ".1%", "title": "of the layer"},
        ],
    }
    return spec


def side_by_side(data: ChartRows, order: Sequence[str], unit: str) -> Spec:
    """Return bars by `name`, one for each `side`; a switch chooses the `measure`."""
    title = f"energy, {unit}; or cycles"
    spec = _bars(data, "name", order, ("show", "measure"), amount="amount", title=title)
    spec["height"] *= len({row["side"] for row in data})
    spec["encoding"] |= {
        "yOffset": {"field": "side", "sort": None},
        "color": {"field": "side", "sort": None, "legend": {"orient": "top", "labelLimit": 0}},
        "tooltip": [{"field": "name"}, {"field": "side"}, {"field": "amount", "format": ".4s"}],
    }
    return spec


def _bars(
    data: ChartRows,
    of: str,
    order: Sequence[str],
    switch: tuple[str, str],
    *,
    amount: str,
    title: str,
) -> Spec:
    """Bars of an amount, in the order of what they are `of`; a `switch`, by its label, chooses
    among the values of a field.
    """
    label, field = switch
    choices = list(dict.fromkeys(row[field] for row in data))
    bind = {"input": "radio", "options": choices, "name": f"{label} "}
    return {
        "data": {"values": list(data)},
        "params": [{"name": "chosen", "value": choices[0], "bind": bind}],
        "transform": [{"filter": f"datum.{field} == chosen"}],
        "width": "container",
        "height": BAR * len(order),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": of, "type": "nominal", "sort": list(order), "title": None},
            "x": {
                "field": amount,
                "type": "quantitative",
                "title": title,
                "axis": {"format": ".3s", "tickCount": 6},
            },
        },
    }


def roofline(data: ChartRows, peak: float, words_per_cycle: float | None) -> Spec:
    """Return MACs a cycle over MACs for each word of the outermost memory, below the roof.

    `words_per_cycle` is what that memory can move, None where nothing is said of it.
    """
    xs = [row["intensity"] for row in data]
    low, high = min(xs) / 2, max(xs) * 2
    corner = peak / words_per_cycle if words_per_cycle else low
    ends = sorted({low, min(max(corner, low), high), high})
    roof = [
        {"intensity": x, "rate": min(peak, x * words_per_cycle) if words_per_cycle else peak}
        for x in ends
    ]
    axis = {"type": "quantitative", "scale": {"type": "log"}}
    return {
        "width": "container",
        "height": 320,
        "encoding": {
            "x": {
                "field": "intensity",
                "title": "MACs for each word of the outermost memory",
                **axis,
            },
            "y": {"field": "rate", "title": "MACs a cycle", **axis},
        },
        "layer": [
            {"data": {"values": roof}, "mark": {"type": "line", "style": "edge", "strokeWidth": 2}},
            {
                "data": {"values": list(data)},
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {
                    "color": {"field": "bound by", "type": "nominal", "legend": {"orient": "top"}},
                    "shape": {"field": "bound by", "type": "nominal"},
                    "tooltip": [
                        {"field": "layer"},
                        {"field": "rate", "format": ".4s", "title": "MACs a cycle"},
                        {"field": "intensity", "format": ".4s", "title": "MACs a word"},
                        {"field": "bound by"},
                    ],
                },
            },
            {
                "data": {"values": list(data)},
                "mark": {"type": "text", "align": "left", "dx": 8, "style": "ink", "fontSize": 10},
                "encoding": {"text": {"field": "layer"}},
            },
        ],
    }


def machine(architecture: Architecture) -> Spec:
    """Return the architecture as a graph: components from the outermost in, and a line for each
    step of a route, one beside the other for each tensor.
    """
    down: Spec = {"type": "quantitative", "axis": None}
    across = down | {"scale": {"domain": [-1.2, len(architecture.routes) + 0.5]}}
    down["scale"] = {"domain": [-0.5, len(architecture.components) - 0.5], "reverse": True}
    placed = {"y": {"field": "at", **down}, "x": {"field": "lane", **across}}
    line = {"type": "rule", "strokeWidth": 4, "opacity": 0.8}
    dot = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    name = {"type": "text", "align": "right", "style": "ink", "fontSize": 13, "dx": -12}
    colour = {"field": "tensor", "type": "nominal"}
    beside_line = {
        "y2": {"field": "to"},
        "color": {**colour, "legend": {"orient": "top"}},
        "tooltip": [{"field": "tensor"}, {"field": "from"}, {"field": "into"}],
    }
    beside_name = {
        "x": {"datum": 0, **across},
        "text": {"field": "component"},
        "tooltip": [{"field": "component"}, {"field": "kind"}, {"field": "tensors"}],
    }
    layers = (
        (_steps(architecture), line, placed | beside_line),
        (_stops(architecture), dot, placed | {"color": colour}),
        (_named(architecture), name, placed | beside_name),
    )
    return {
        "width": 520,
        "height": 44 * len(architecture.components),
        "layer": [
            {"data": {"values": rows}, "mark": mark, "encoding": encoding}
            for rows, mark, encoding in layers
        ],
    }


def _steps(architecture: Architecture) -> ChartRows:
    """Every step of every route."""
    stops = _stops(architecture)
    return [
        {
            "tensor": here["tensor"],
            "from": here["component"],
            "at": here["at"],
            "to": there["at"],
            "into": there["component"],
            "lane": here["lane"],
        }
        for here, there in pairwise(stops)
        if here["lane"] == there["lane"]
    ]


def _stops(architecture: Architecture) -> ChartRows:
    """Every component of every route, from the outermost in."""
    at = {name: number for number, name in enumerate(architecture.components)}
    return [
        {"tensor": tensor, "component": name, "at": at[name], "lane": lane}
        for lane, (tensor, route) in enumerate(architecture.routes.items())
        for name in route
    ]


def _named(architecture: Architecture) -> ChartRows:
    """Every component, its kind, and the tensors that come by."""
    return [
        {
            "component": name,
            "at": at,
            "kind": type(part).__name__.lower(),
            "tensors": ", ".join(it for it, route in architecture.routes.items() if name in route),
        }
        for at, (name, part) in enumerate(architecture.components.items())
    ]


def energy_rows(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the energies of layers of the JSON report by component and by tensor, a row each."""
    rows = []
    for entry in entries:
        for by in ("component", "tensor"):
            for at, (part, energy) in enumerate(entry[f"by_{by}"].items()):
                share = energy / entry["energy"] if entry["energy"] else 0
                rows.append(
                    {"layer": entry["name"], "by": by, "part": part, "at": at}
                    | {"energy": energy, "share": share}
                )
    return rows


def front(data: ChartRows, measures: Sequence[str], columns: Sequence[str]) -> Spec:
    """Return points by two measures, those of the front joined; a tip says what varies."""
    one, other = (measures[0], measures[1] if len(measures) > 1 else measures[0])
    axis = {"type": "quantitative", "scale": {"zero": False}, "axis": {"format": ".3s"}}
    tips = [{"field": name} for name in ("point", *columns)]
    tips += [{"field": measure, "format": ".4s"} for measure in measures]
    return {
        "data": {"values": list(data)},
        "width": "container",
        "height": 360,
        "encoding": {"x": {"field": one, **axis}, "y": {"field": other, **axis}},
        "layer": [
            {
                "transform": [{"filter": "datum.front == 'yes'"}],
                "mark": {"type": "line", "interpolate": "step-after", "style": "edge"},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.9},
                "encoding": {
                    "color": {
                        "field": "front",
                        "legend": {"orient": "top"},
                        "title": "on the front",
                    },
                    "shape": {"field": "front"},
                    "tooltip": tips,
                },
            },
        ],
    }


def over_columns(data: ChartRows, columns: Sequence[str], measure: str) -> Spec:
    """Return a line for each point over all columns, each scaled from its least to its most."""
    return {
        "data": {"values": list(data)},
        "width": "container",
        "height": 320,
        "transform": [
            {"fold": list(columns)},
            {
                "joinaggregate": [
                    {"op": "min", "field": "value", "as": "least"},
                    {"op": "max", "field": "value", "as": "most"},
                ],
                "groupby": ["key"],
            },
            {
                "calculate": "datum.most > datum.least ?"
                " (datum.value - datum.least) / (datum.most - datum.least) : 0.5",
                "as": "height",
            },
        ],
        "mark": {"type": "line", "opacity": 0.5},
        "encoding": {
            "x": {"field": "key", "sort": list(columns), "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "height", "type": "quantitative", "title": "from the least to the most"},
            "detail": {"field": "point"},
            "color": {
                "field": measure,
                "type": "quantitative",
                "scale": {"scheme": "viridis", "reverse": True},
                "legend": {"format": ".3s"},
            },
            "tooltip": [{"field": "point"}, {"field": "key"}, {"field": "value", "format": ".4s"}],
        },
    }
