"""A dataflow to its problems: unknown places, and orders that leave dimensions out."""

from collections.abc import Iterator
from typing import Any

from hwsim.architecture.check.named import named
from hwsim.meant import closest
from hwsim.specification import Document, Problem


def problems(document: Document) -> Iterator[Problem]:
    """The problems of every place of the dataflow."""
    dataflow = document.data.get("dataflow", {})
    axes = [
        f"{name}.{axis}" for name, part in named(document, "array").items() for axis in part["axes"]
    ]
    known = {"temporal": list(named(document, "storage")), "spatial": axes}
    for kind, places in known.items():
        for place, rule in dataflow.get(kind, {}).items():
            path = ("dataflow", kind, place)
            if place not in places:
                what = "no storage" if kind == "temporal" else "no axis of an array"
                yield document.problem(
                    path, f"{what} is called '{place}'", closest(place, places), at_key=True
                )
            yield from _order_problems(document, path, rule)


def _order_problems(
    document: Document, path: tuple[str, ...], rule: dict[str, Any]
) -> Iterator[Problem]:
    allowed = rule["dimensions"]
    for key in ("innermost", "order"):
        for index, dimension in enumerate(rule.get(key, ())):
            if dimension not in allowed:
                what = f"{dimension} is not among the dimensions that may run here"
                yield document.problem((*path, key, index), what)
    left_out = [dimension for dimension in allowed if dimension not in rule.get("order", allowed)]
    if left_out:
        yield document.problem((*path, "order"), f"leaves out {', '.join(left_out)}", at_key=True)
