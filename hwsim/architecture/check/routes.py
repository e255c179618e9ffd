"""Routes to their problems: where they begin and end, what they pass, and what none reaches."""

from collections.abc import Iterator
from itertools import pairwise

from hwsim.architecture.check.named import named
from hwsim.architecture.components import COMPONENT_KINDS, Mover, Storage
from hwsim.architecture.graph import circle
from hwsim.meant import closest
from hwsim.specification import Document, Problem
from hwsim.vocabulary import TENSORS

#: Kinds that words only pass.
CROSSED = [
    kind for kind, of in COMPONENT_KINDS.items() if issubclass(of, Mover) and of is not Storage
]


def problems(document: Document) -> Iterator[Problem]:
    """The problems of every route, and of what the routes do not reach."""
    yield from _route_problems(document)
    yield from _unused_problems(document)


def _route_problems(document: Document) -> list[Problem]:
    found = list[Problem]()
    for tensor in TENSORS:
        unknown = list(_unknown_on_route(document, tensor))
        found += unknown or _ends_problems(document, tensor)
        found += () if unknown else _way_problems(document, tensor)
    return found or list(_circle_problems(document))


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
    if not inside and named(document, "compute"):
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
    for name in named(document, "array") if arrives else ():
        if name not in route:
            what = f"does not cross {name}, although the MAC lies inside it"
            yield document.problem(path, what, at_key=True)


def _circle_problems(document: Document) -> Iterator[Problem]:
    """Routes lead inwards: taken together, they do not come back to where they were."""
    edges = circle(document.data["components"], document.data["routes"])
    if edges:
        here, there, tensor = edges[-1]
        steps = list(pairwise(document.data["routes"][tensor]))
        ways = ", ".join(f"{outer} to {inner} ({moved})" for outer, inner, moved in edges)
        what = f"routes go in a circle: {ways}"
        yield document.problem(("routes", tensor, steps.index((here, there)) + 1), what)


def _unused_problems(document: Document) -> Iterator[Problem]:
    """Components that hold a tensor whose route passes them by, or that no route reaches.

    A route with an unknown name says no more than that: its name may be the one that is missing.
    """
    routes = {
        tensor: route
        for tensor, route in document.data["routes"].items()
        if set(route) <= document.data["components"].keys()
    }
    for name, part in named(document, "storage").items():
        for index, tensor in enumerate(part["holds"]):
            if tensor in routes and name not in routes[tensor]:
                what = f"the route of {tensor} does not pass {name}"
                yield document.problem(("components", name, "holds", index), what)
    for name in (name for kind in CROSSED for name in named(document, kind)):
        if len(routes) == len(TENSORS) and not any(name in route for route in routes.values()):
            yield document.problem(("components", name), "no route passes here", at_key=True)
