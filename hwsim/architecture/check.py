"""An architecture document that its schema accepts to every problem that is left in it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hwsim.architecture.check_zeros import format_problems, zero_problems
from hwsim.architecture.graph import circle
from hwsim.specification import Document, Problem, closest
from hwsim.vocabulary import TENSORS


def problems(document: Document) -> list[Problem]:
    """Every problem of the document's components, routes and dataflow."""
    return [
        *_compute_problems(document),
        *_storage_problems(document),
        *_bypass_problems(document),
        *_array_problems(document),
        *_route_problems(document),
        *_unused_problems(document),
        *format_problems(document),
        *zero_problems(document),
        *_dataflow_problems(document),
    ]


def _named(document: Document, kind: str) -> dict[str, dict[str, Any]]:
    parts = document.data["components"]
    return {name: part for name, part in parts.items() if part["kind"] == kind}


def _compute_problems(document: Document) -> Iterator[Problem]:
    """The MAC: there is one."""
    units = list(_named(document, "compute"))
    if not units:
        what = "no component of kind compute: nothing multiplies"
        yield document.problem(("components",), what, at_key=True)
    for name in units[1:]:
        what = f"is a second component of kind compute, beside {units[0]}"
        yield document.problem(("components", name), what, at_key=True)


def _storage_problems(document: Document) -> Iterator[Problem]:
    """Capacities that are split among other tensors than the storage holds, or are too small."""
    for name, part in _named(document, "storage").items():
        key = "capacity_bytes" if "capacity_bytes" in part else "capacity_words"
        path, holds, capacity = ("components", name, key), part["holds"], part.get(key)
        if isinstance(capacity, int):
            yield from _too_small(document, path, holds, capacity)
        if not isinstance(capacity, dict):
            continue
        for tensor in holds:
            if tensor not in capacity:
                what = f"is split among tensors, but has no part for {tensor}"
                yield document.problem(path, what, at_key=True)
        for tensor, amount in capacity.items():
            if tensor not in holds:
                what = f"{name} does not hold {tensor}"
                yield document.problem((*path, tensor), what, at_key=True)
            else:
                yield from _too_small(document, (*path, tensor), [tensor], amount)


def _too_small(
    document: Document, path: tuple[str, ...], tensors: list[str], amount: int
) -> Iterator[Problem]:
    """A capacity that cannot hold one element of each of its tensors."""
    _, name, key, *_ = path
    word_bits = document.data["components"][name].get(
        "word_bits", document.data.get("word_bits", 16)
    )
    words = amount * 8 // word_bits if key == "capacity_bytes" else amount
    if words < len(tensors):
        room = f"{words} {'word' if words == 1 else 'words'} of {word_bits} bits"
        each = " each" if len(tensors) > 1 else ""
        yield document.problem(
            path, f"{room} cannot hold one element{each} of {' and '.join(tensors)}"
        )


def _bypass_problems(document: Document) -> Iterator[Problem]:
    """Tensors that may bypass a storage that does not hold them, or their home."""
    routes = document.data["routes"]
    for name, part in _named(document, "storage").items():
        for index, tensor in enumerate(part.get("may_bypass", ())):
            path = ("components", name, "may_bypass", index)
            if tensor not in part["holds"]:
                what = f"{name} does not hold {tensor}, which bypass it in any case"
                yield document.problem(path, what)
            elif routes[tensor][0] == name:
                what = f"{tensor} live in {name}, where their route begins: they cannot bypass it"
                yield document.problem(path, what)


def _array_problems(document: Document) -> Iterator[Problem]:
    for name, part in _named(document, "array").items():
        for index, axis in enumerate(part.get("reduces_along", ())):
            if axis not in part["axes"]:
                yield document.problem(
                    ("components", name, "reduces_along", index),
                    f"{name} has no axis '{axis}'",
                    closest(axis, part["axes"]),
                )


def _route_problems(document: Document) -> list[Problem]:
    found = list[Problem]()
    for tensor in TENSORS:
        unknown = list(_unknown_on_route(document, tensor))
        found += unknown or _ends_problems(document, tensor)
        found += () if unknown else _way_problems(document, tensor)
    return found or list(_circle_problems(document))


def _circle_problems(document: Document) -> Iterator[Problem]:
    """Routes lead inwards: taken together, they do not come back to where they were."""
    edges = circle(document.data["components"], document.data["routes"])
    if edges:
        here, there, tensor = edges[-1]
        steps = list(pairwise(document.data["routes"][tensor]))
        ways = ", ".join(f"{outer} to {inner} ({moved})" for outer, inner, moved in edges)
        what = f"routes go in a circle: {ways}"
        yield document.problem(("routes", tensor, steps.index((here, there)) + 1), what)


def _unknown_on_route(document: Document, tensor: str) -> Iterator[Problem]:
    components = document.data["components"]
    for index, name in enumerate(document.data["routes"][tensor]):
        if name not in components:
            yield document.problem(
                ("routes", tensor, index), f"no component '{name}'", closest(name, components)
            )


def _ends_problems(document: Document, tensor: str) -> Iterator[Problem]:
    """A route leads from a storage, the tensor's home, to the MAC and no further."""
    components, route = document.data["components"], document.data["routes"][tensor]
    path = ("routes", tensor)
    if components[route[0]]["kind"] != "storage":
        yield document.problem((*path, 0), f"{tensor} have no home: {route[0]} is no storage")
    inside = [index for index, name in enumerate(route) if components[name]["kind"] == "compute"]
    if not inside and _named(document, "compute"):
        yield document.problem((*path, len(route) - 1), f"ends at {route[-1]}, not at the MAC")
    if inside and inside[0] < len(route) - 1:
        yield document.problem((*path, inside[0] + 1), f"goes on behind {route[inside[0]]}")


def _way_problems(document: Document, tensor: str) -> Iterator[Problem]:
    """A route passes storages that hold the tensor, and every array on its way to the MAC."""
    components, route = document.data["components"], document.data["routes"][tensor]
    path = ("routes", tensor)
    for index, name in enumerate(route):
        part = components[name]
        if part["kind"] == "storage" and tensor not in part["holds"]:
            yield document.problem((*path, index), f"passes {name}, which does not hold {tensor}")
    arrives = components[route[-1]]["kind"] == "compute"
    for name in _named(document, "array") if arrives else ():
        if name not in route:
            what = f"does not cross {name}, although the MAC lies inside it"
            yield document.problem(path, what, at_key=True)


def _unused_problems(document: Document) -> Iterator[Problem]:
    """Components that hold a tensor whose route passes them by, or that no route reaches.

    A route with an unknown name says no more than that: its name may be the one that is missing.
    """
    routes = {
        tensor: route
        for tensor, route in document.data["routes"].items()
        if set(route) <= document.data["components"].keys()
    }
    for name, part in _named(document, "storage").items():
        for index, tensor in enumerate(part["holds"]):
            if tensor in routes and name not in routes[tensor]:
                what = f"the route of {tensor} does not pass {name}"
                yield document.problem(("components", name, "holds", index), what)
    for name in _named(document, "network"):
        if len(routes) == len(TENSORS) and not any(name in route for route in routes.values()):
            yield document.problem(("components", name), "no route passes here", at_key=True)


def _dataflow_problems(document: Document) -> Iterator[Problem]:
    dataflow = document.data.get("dataflow", {})
    axes = [
        f"{name}.{axis}"
        for name, part in _named(document, "array").items()
        for axis in part["axes"]
    ]
    known = {"temporal": list(_named(document, "storage")), "spatial": axes}
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
