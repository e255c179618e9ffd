"""An operator of ONNX: its settings, the graphs that it holds, and all that it reads."""

from collections.abc import Iterable, Iterator
from typing import Any

from onnx import AttributeProto, GraphProto, NodeProto, helper

from hwsim.importer.nests import Unfit


def attribute(node: NodeProto, name: str, default: Any) -> Any:
    """The value of an operator's attribute, or what it is where the file does not say.

    Raises:
        Unfit: it is not of the default's type.
    """
    for each in node.attribute:
        if each.name == name and each.type != AttributeProto.UNDEFINED:
            value = helper.get_attribute_value(each)
            if default is not None and type(value) is not type(default):
                raise Unfit(f"its {name} is no {type(default).__name__}")
            return value
    return default


def operand(node: NodeProto, at: int) -> str:
    """The value that an operator reads there, without a name if it reads none."""
    return node.input[at] if at < len(node.input) else ""


def yielded(node: NodeProto) -> str:
    """The first value that an operator yields, without a name if it yields none."""
    return node.output[0] if node.output else ""


def body(node: NodeProto, name: str = "body") -> GraphProto | None:
    """The graph that an operator holds under this name."""
    held = (each.g for each in node.attribute if each.name == name and each.HasField("g"))
    return next(held, None)


def graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """The graph, and those that its operators hold, as branches and loops do."""
    yield graph
    for node in graph.node:
        for inner in bodies(node):
            yield from graphs(inner)


def operators(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """The operators, and those of all graphs that they hold."""
    for node in nodes:
        yield node
        for inner in bodies(node):
            yield from operators(inner.node)


def bodies(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs that an operator holds."""
    for one in node.attribute:
        if one.HasField("g"):
            yield one.g
        yield from one.graphs


def own_names(graph: GraphProto) -> set[str]:
    """The names that a graph gives to its values."""
    named = (*graph.input, *graph.initializer)
    return {each.name for each in named} | {name for node in graph.node for name in node.output}


def reads(node: NodeProto) -> set[str]:
    """The values that an operator reads: its inputs, and what the graphs that it holds take from
    outside of them.
    """
    read = set(node.input)
    for inner in bodies(node):
        inside = {value.name for value in inner.output}.union(*map(reads, inner.node))
        read |= inside - own_names(inner)
    return read - {""}
