"""Components and routes to a graph: components are nodes, the steps of the routes are edges.

networkx takes longer to import than a file to read. It is asked only where the order of the file
is not the answer.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

Routes = Mapping[str, Iterable[str]]


def graph(components: Iterable[str], routes: Routes) -> "networkx.MultiDiGraph[str]":
    """The graph; each edge is keyed by the tensor whose route takes it."""
    import networkx

    made: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    made.add_nodes_from(components)
    for tensor, route in routes.items():
        for here, there in pairwise(route):
            made.add_edge(here, there, key=tensor)
    return made


def inwards(components: Iterable[str], routes: Routes) -> list[str]:
    """The components from the outermost to the innermost, siblings in the order they were given."""
    given = {name: at for at, name in enumerate(components)}
    if _leads_on(given, routes):
        return [*given]
    import networkx

    made = graph(given, routes)
    return list(networkx.lexicographical_topological_sort(made, key=given.__getitem__))


def circle(components: Iterable[str], routes: Routes) -> list[tuple[str, str, str]]:
    """The edges (from, to, tensor) of a circle of routes; none where all lead inwards."""
    given = {name: at for at, name in enumerate(components)}
    if _leads_on(given, routes):
        return []
    import networkx

    try:
        return [*networkx.find_cycle(graph(given, routes))]
    except networkx.NetworkXNoCycle:
        return []


def _leads_on(given: Mapping[str, int], routes: Routes) -> bool:
    """Whether every step of the routes leads to a component that was given later.

    Then there is no circle; and of the components that may come next, the first one given always
    may, so the order that was given is the one asked for.
    """
    steps = (step for route in routes.values() for step in pairwise(route))
    return all(given[here] < given[there] for here, there in steps)
