"""What an architecture document can say within its schema and still not mean: every problem of it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hwsim.specification import Document, Problem, closest
from hwsim.vocabulary import TENSORS


def problems(document: Document) -> list[Problem]:
    """Every problem of the document's components, routes and dataflow."""
    return [
        *_compute_problems(document),
        *_storage_problems(document),
        *_array_problems(document),
        *_route_problems(document),
        *_unused_problems(document),
        *_dataflow_problems(document),
    ]


def _named(document: Document, kind: str) -> dict[str, dict[str, Any]]:
    parts = document.data["components"]
    return {name: part for name, part in parts.items() if part["kind"] == kind}


def _compute_problems(document: Document) -> Iterator[Problem]:
    units = list(_named(document, "compute"))
    if not units:
        yield document.problem(("components",), "no component of kind compute: nothing multiplies")
    for name in units[1:]:
        yield document.problem(("components", name), f"a second compute component, beside {units[0]}")


def _storage_problems(document: Document) -> Iterator[Problem]:
    for name, part in _named(document, "storage").items():
        key = "capacity_bytes" if "capacity_bytes" in part else "capacity_words"
        if key not in part:
            continue
        path, holds = ("components", name, key), part["holds"]
        capacity = part[key]
        if isinstance(capacity, dict):
            for tensor in (tensor for tensor in holds if tensor not in capacity):
                yield document.problem(path, f"the capacity is split, but has no part for {tensor}")
            for tensor in (tensor for tensor in capacity if tensor not in holds):
                yield document.problem((*path, tensor), f"{name} does not hold {tensor}")
            parts = [((*path, tensor), [tensor], amount) for tensor, amount in capacity.items()]
        else:
            parts = [(path, holds, capacity)]
        for where, tensors, amount in parts:
            yield from _too_small(document, where, tensors, amount, part)


def _too_small(
    document: Document, path: tuple[str, ...], tensors: list[str], amount: int, part: dict[str, Any]
) -> Iterator[Problem]:
    """A capacity that cannot hold one element of each of its tensors."""
    word_bits = part.get("word_bits", document.data.get("word_bits", 16))
    words = amount * 8 // word_bits if "capacity_bytes" in part else amount
    if words < len(tensors):
        each = "one word of each of " if len(tensors) > 1 else "one word of "
        yield document.problem(
            path, f"{words} words of {word_bits} bits cannot hold {each}{', '.join(tensors)}"
        )


def _array_problems(document: Document) -> Iterator[Problem]:
    for name, part in _named(document, "array").items():
        for index, axis in enumerate(part.get("reduces_along", ())):
            if axis not in part["axes"]:
                yield document.problem(
                    ("components", name, "reduces_along", index),
                    f"{name} has no axis '{axis}'",
                    closest(axis, part["axes"]),
                )


def _route_problems(document: Document) -> Iterator[Problem]:
    for tensor in TENSORS:
        unknown = list(_unknown_on_route(document, tensor))
        yield from unknown or _one_route_problems(document, tensor)


def _unknown_on_route(document: Document, tensor: str) -> Iterator[Problem]:
    components = document.data["components"]
    for index, name in enumerate(document.data["routes"][tensor]):
        if name not in components:
            yield document.problem(
                ("routes", tensor, index), f"no component '{name}'", closest(name, components)
            )


def _one_route_problems(document: Document, tensor: str) -> Iterator[Problem]:
    """A route runs inwards from a storage that is the tensor's home to the MAC, past all arrays."""
    components, route = document.data["components"], document.data["routes"][tensor]
    order = list(components)
    path = ("routes", tensor)
    if components[route[0]]["kind"] != "storage":
        yield document.problem((*path, 0), f"{tensor} have no home: {route[0]} is not a storage")
    if components[route[-1]]["kind"] != "compute":
        yield document.problem((*path, len(route) - 1), f"ends at {route[-1]}, not at the MAC")
    for index, (outer, inner) in enumerate(pairwise(route), start=1):
        if order.index(inner) <= order.index(outer):
            yield document.problem(
                (*path, index),
                f"{inner} does not lie inside {outer}: components stand from the outermost inwards",
            )
    for index, name in enumerate(route):
        part = components[name]
        if part["kind"] == "storage" and tensor not in part["holds"]:
            yield document.problem((*path, index), f"passes {name}, which does not hold {tensor}")
        if part["kind"] == "compute" and index < len(route) - 1:
            yield document.problem((*path, index), f"goes on behind {name}")
    for name in _named(document, "array"):
        if name not in route:
            yield document.problem(path, f"does not cross {name}, although the MAC lies inside it")


def _unused_problems(document: Document) -> Iterator[Problem]:
    """Components that hold a tensor whose route passes them by, or that no route reaches."""
    routes = document.data["routes"]
    for name, part in _named(document, "storage").items():
        for index, tensor in enumerate(part["holds"]):
            if name not in routes[tensor]:
                yield document.problem(
                    ("components", name, "holds", index), f"the route of {tensor} does not pass {name}"
                )
    for name in _named(document, "network"):
        if not any(name in route for route in routes.values()):
            yield document.problem(("components", name), "no route passes here", at_key=True)


def _dataflow_problems(document: Document) -> Iterator[Problem]:
    dataflow = document.data.get("dataflow", {})
    axes = [
        f"{name}.{axis}" for name, part in _named(document, "array").items() for axis in part["axes"]
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
                yield document.problem(
                    (*path, key, index), f"{dimension} is not among the dimensions that may run here"
                )
    for dimension in allowed if "order" in rule else ():
        if dimension not in rule["order"]:
            yield document.problem((*path, "order"), f"leaves out {dimension}")
