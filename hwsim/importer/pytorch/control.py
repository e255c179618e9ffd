"""Branches and loops to the multiplications in them, which run as often as the model decides."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from torch.fx import Graph, Node
from torch.utils import _pytree as pytree

from hwsim.importer import graph as network
from hwsim.importer.nests import Unfit
from hwsim.importer.pytorch.flow import constants
from hwsim.importer.pytorch.hidden import counted, unread
from hwsim.importer.pytorch.nodes import graphs_of, operation, shape
from hwsim.importer.pytorch.operations import products
from hwsim.importer.pytorch.recurrent import is_recurrent, recurrent
from hwsim.importer.pytorch.trace import Trace
from hwsim.importer.pytorch.vocabulary import PRICED
from hwsim.importer.reasons import BRANCH, LOOP

#: Which argument of a loop holds the values that it takes slice by slice; its body reads the slices
#: after what stands between the body and them.
_SLICED: Final = {"map_impl": 1, "scan": 2}
#: Loops that end when they decide to.
_OPEN: Final = ("while_loop", "associative_scan")
_BRANCHES: Final = "cond"


def multiplies(node: Node) -> bool:
    """Whether the graphs that an operation takes multiply, or may."""
    return any(
        operation(one) in PRICED or is_recurrent(one) or bool(unread(one)) or multiplies(one)
        for graph in graphs_of(node)
        for one in graph.nodes
        if one.op == "call_function"
    )


def why(node: Node) -> str:
    """Why the products that an operation holds have no price."""
    name = operation(node)
    if name == _BRANCHES:
        return BRANCH
    return LOOP if name in (*_SLICED, *_OPEN) else f"what {name} multiplies is not known"


def macs(node: Node, trace: Trace) -> int | None:
    """The MACs of an operation of the trace that takes graphs, None if they are not known: of a
    branch those of the dearest, of a loop those of its body, as often as it runs.
    """
    try:
        each = [_of_graph(node, graph, trace) for graph in graphs_of(node)]
        most = None if None in each else max(filter(None, each), default=0)
        if operation(node) == _BRANCHES or not most:
            return most
        return most * _slices(node) if operation(node) in _SLICED else None
    except Unfit:
        return None


def _slices(node: Node) -> int:
    """How often a loop runs that takes values slice by slice."""
    sliced: Any = node.args[_SLICED[operation(node)]]
    return shape(sliced[0])[0]


def _of_graph(node: Node, graph: Graph, trace: Trace) -> int | None:
    """The MACs of all that depends on what varies among what the graph is given."""
    constant, rewritten = constants(graph, frozenset(_entered(node, graph, trace)))
    inside = replace(trace, constant=constant, rewritten=rewritten)
    calls = (one for one in graph.nodes if one.op == "call_function" and one.name not in constant)
    each = [_of(one, inside) for one in calls]
    return None if None in each else sum(filter(None, each))


def _entered(node: Node, graph: Graph, trace: Trace) -> Iterator[str]:
    """The inputs of a graph that vary: by their operands, or from step to step of a loop."""
    places = [one.name for one in graph.nodes if one.op == "placeholder"]
    operands = pytree.tree_leaves(node.args)
    operands, name = operands[len(operands) - len(places) :], operation(node)
    stepped = 0 if name == _BRANCHES else len(places)
    if name in _SLICED:
        stepped = len(pytree.tree_leaves(node.args[1 : _SLICED[name] + 1]))
    for at, (place, operand) in enumerate(zip(places, operands, strict=True)):
        if at < stepped or (isinstance(operand, Node) and operand.name not in trace.constant):
            yield place


def _of(node: Node, inside: Trace) -> int | None:
    """The MACs of an operation of such a graph."""
    if operation(node) in PRICED:
        found = products(node, inside)
        return sum(one.layer("").macs for one in found if not one.constant)
    if is_recurrent(node):
        entered = recurrent(network.Graph(batch=inside.batch), "", node)
        return sum(layer.macs for layer, _ in entered)
    if multiplies(node):
        return macs(node, inside)
    return counted(node) if unread(node) else 0
