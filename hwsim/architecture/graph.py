"""Components and routes to a graph: components are nodes, the steps of the routes are edges."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import networkx


def graph(
    components: Iterable[str], routes: Mapping[str, Iterable[str]]
) -> "networkx.MultiDiGraph[str]":
    """The graph; each edge is keyed by the tensor whose route takes it."""
    made: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    made.add_nodes_from(components)
    for tensor, route in routes.items():
        for here, there in pairwise(route):
            made.add_edge(here, there, key=tensor)
    return made


def inwards(made: "networkx.MultiDiGraph[str]") -> list[str]:
    """The components from the outermost to the innermost, siblings in the order they were given."""
    given = {name: at for at, name in enumerate(made)}
    return list(networkx.lexicographical_topological_sort(made, key=given.__getitem__))


def circle(made: "networkx.MultiDiGraph[str]") -> list[tuple[str, str, str]]:
    """The edges (from, to, tensor) of a circle of routes; none where all lead inwards."""
    try:
        return [(here, there, tensor) for here, there, tensor in networkx.find_cycle(made)]
    except networkx.NetworkXNoCycle:
        return []
