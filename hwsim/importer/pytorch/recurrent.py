"""Torch's recurrent operations, of whole sequences and of single steps, to their products."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from torch.fx import Node

from hwsim.importer.graph import Graph
from hwsim.importer.pytorch.contents import of_operands
from hwsim.importer.pytorch.nodes import operation, settings, shape
from hwsim.importer.pytorch.operations import Product
from hwsim.importer.pytorch.vocabulary import CELL, GATES, RECURRENT
from hwsim.importer.recurrent import HIDDEN, INPUT, PROJECTION, Cell, enter
from hwsim.workload.layer import Layer

#: The weights of a direction by the product that they belong to.
CellWeights = Mapping[str, Node]


def is_recurrent(node: Node) -> bool:
    """Whether an operation is a recurrent one, of sequences that are all as long."""
    return operation(node) in RECURRENT and "input" in settings(node)


def recurrent(graph: Graph, name: str, node: Node) -> Iterator[tuple[Layer, Product]]:
    """Enter a recurrent operation of that name, and yield the layers that it is made of."""
    given = settings(node)
    inputs = given["input"]
    steps, images = _steps_and_images(given, shape(inputs))
    layers = list(_layers(given))
    gates = GATES[operation(node).removesuffix(CELL)]
    entered = enter(
        graph,
        name,
        [
            [_cell(gates, one, reverse=at > 0) for at, one in enumerate(directions)]
            for directions in layers
        ],
        images=images,
        steps=steps,
        inputs=graph.sources([inputs.name]),
        states=graph.sources(state.name for state in _states(given)),
        values=[node.name],
    )
    of_first = len(layers[0])
    for at, (weights, products) in enumerate(zip(chain(*layers), entered, strict=True)):
        for part, layer in products.items():
            read = inputs if part == INPUT and at < of_first else None
            yield layer, _product(layer, node, read, weights[part], part)


def _product(layer: Layer, node: Node, read: Node | None, right: Node, part: str) -> Product:
    """A product of what the operation reads, or of states, which nobody sees, and weights."""

    def named(name: str) -> Layer:
        return replace(layer, name=name)

    return Product(
        left=read or node,
        right=right,
        layer=named,
        contents=of_operands(read),
        part=part,
        yields=False,
    )


def _steps_and_images(given: Mapping[str, Any], extents: tuple[int, ...]) -> tuple[int, int]:
    """Of a sequence (steps, images, features), unless the batch comes first; of a step."""
    if "batch_first" not in given:
        return 1, extents[0]
    return (extents[1], extents[0]) if given["batch_first"] else (extents[0], extents[1])


def _states(given: Mapping[str, Any]) -> list[Node]:
    states: list[Node] = [given["hx"]] if isinstance(given["hx"], Node) else list(given["hx"])
    return states


def _layers(given: Mapping[str, Any]) -> Iterator[list[CellWeights]]:
    """The weights of each direction of each layer."""
    if "params" not in given:
        yield [{INPUT: given["w_ih"], HIDDEN: given["w_hh"]}]
        return
    params = given["params"]
    directions = 1 + given["bidirectional"]
    of_each = len(params) // (given["num_layers"] * directions)
    projects = of_each > 2 + 2 * given["has_biases"]
    every = [params[at : at + of_each] for at in range(0, len(params), of_each)]
    weights = [
        {INPUT: one[0], HIDDEN: one[1], **({PROJECTION: one[-1]} if projects else {})}
        for one in every
    ]
    for at in range(0, len(weights), directions):
        yield list(weights[at : at + directions])


def _cell(gates: int, weights: CellWeights, *, reverse: bool) -> Cell:
    rows, features = shape(weights[INPUT])
    return Cell(
        features=features,
        hidden=rows // gates,
        gates=gates,
        projected=shape(weights[PROJECTION])[0] if PROJECTION in weights else 0,
        reverse=reverse,
    )
