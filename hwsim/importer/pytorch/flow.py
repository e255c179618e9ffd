"""A graph of torch's operations to what of it is constant: the values that no input reaches.

Values reach others through operands, and through memory: what is written into a slice of a tensor
of zeros is in the tensor, and in every other view of it.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import torch
from torch import Tensor
from torch.fx import Graph, Node
from torch.utils import _pytree as pytree

from hwsim.importer.pytorch.nodes import graphs_of, operation, settings, written_arguments

#: Operations that yield the very tensor that they read, though their schema does not say so.
_UNCHANGED: Final = frozenset(
    ("alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout")
)

#: The memory of tensors, by a number of torch's or, of what is no tensor, by a node's name.
MemoryPlaces = frozenset[int | str]


def constants(graph: Graph, entered: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The nodes that depend on no input that is `entered`, nor on chance; and those among them
    whose values are not just what their operands yield, as something is written in place.
    """
    places = _places(graph)
    touched = frozenset[int | str]().union(*(_writes(node, places) for node in graph.nodes))
    varying = set[int | str]().union(*(places[name] for name in entered))
    found = set(entered)
    while True:
        before = len(found) + len(varying)
        for node in graph.nodes:
            reached = any(source.name in found for source in node.all_input_nodes)
            if reached or _is_random(node) or places[node.name] & varying:
                found.add(node.name)
                varying |= _writes(node, places)
        if before == len(found) + len(varying):
            break
    names = {node.name for node in graph.nodes if node.op != "output"} - found
    return frozenset(names), frozenset(_after(graph, places, touched) & names)


def _after(graph: Graph, places: dict[str, MemoryPlaces], touched: MemoryPlaces) -> set[str]:
    """The nodes that something is written into, and all that are computed from them."""
    found = set[str]()
    for node in graph.nodes:
        if places[node.name] & touched or any(one.name in found for one in node.all_input_nodes):
            found.add(node.name)
    return found


def _places(graph: Graph) -> dict[str, MemoryPlaces]:
    """Where the tensors lie that nodes yield: torch's trace shares memory as the model does."""
    places = dict[str, MemoryPlaces]()
    for node in graph.nodes:
        own = MemoryPlaces(_memory(node)) or MemoryPlaces((node.name,))
        if operation(node) in _UNCHANGED:
            own = own.union(*(places[source.name] for source in node.all_input_nodes))
        places[node.name] = own
    return places


def _memory(node: Node) -> Iterator[int]:
    for leaf in pytree.tree_leaves(node.meta.get("val")):
        if isinstance(leaf, Tensor):
            with suppress(NotImplementedError):  # sparse tensors, and those of torch's transforms
                yield int(leaf.untyped_storage()._cdata)


def _writes(node: Node, places: dict[str, MemoryPlaces]) -> MemoryPlaces:
    """The memory that an operation writes to, besides that of its own result."""
    changed: list[Any] = list(written_arguments(node))
    if any(_writes_operands(graph) for graph in graphs_of(node)):
        changed = node.all_input_nodes
    return MemoryPlaces().union(*(places[one.name] for one in changed if isinstance(one, Node)))


def _writes_operands(graph: Graph) -> bool:
    """Whether a graph that an operation holds writes to what it is given."""
    places = _places(graph)
    given = MemoryPlaces().union(
        *(places[node.name] for node in graph.nodes if node.op == "placeholder")
    )
    return any(_writes(node, places) & given for node in graph.nodes)


def _is_random(node: Node) -> bool:
    """Whether an operation yields something else each time; dropout of nothing does not."""
    if torch.Tag.nondeterministic_seeded not in getattr(node.target, "tags", ()):
        return False
    given = settings(node)
    return given.get("train", True) is True and given.get("dropout_p", 1) != 0
