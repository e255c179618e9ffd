"""A network document to its graph of nodes, with shapes that chain, and the layers to price."""

from dataclasses import replace
from typing import Any

from hwsim.meant import closest
from hwsim.specification import Document, Problem, SpecificationError
from hwsim.vocabulary import LARGEST_BATCH
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node, Shape
from hwsim.workload.nodes import yields, yields_of_any

INPUT = "input"


def build(document: Document, batch: int | None = None) -> Network:
    """The network at `batch` images, or at the document's own.

    Raises:
        SpecificationError: all nodes that do not fit what they read.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    data = document.data
    images = data.get("batch", 1) if batch is None else batch
    if not 1 <= images <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {images}")
    nodes, layers = _chained(document, images)
    said = Data(bits=dict(data.get("bits", {})))
    return Network(
        name=data["name"],
        title=data.get("title", data["name"]),
        source=data.get("source", ""),
        batch=images,
        nodes=nodes,
        layers=tuple(replace(layer, data=said) for layer in layers),
    )


def _chained(document: Document, batch: int) -> tuple[tuple[Node, ...], tuple[Layer, ...]]:
    """The nodes, each with the shape that it makes of those before it, and the priced ones' nests.

    A node whose shape is not known hides nothing but the problems of those that depend on it.
    """
    shapes: dict[str, Shape | None] = {INPUT: _entry(document.data["input"])}
    nodes, layers, problems = list[Node](), list[Layer](), list[Problem]()
    previous = INPUT
    for name, node in document.data["layers"].items():
        sources = _sources(node, previous)
        problems += _missing(document, name, sources, shapes)
        known = [shape for shape in map(shapes.get, sources) if shape]
        complete = len(known) == len(sources)
        made = yields(name, node, known, batch) if complete else yields_of_any(node)
        shape, layer, misfits = made
        problems += [document.problem(("layers", name, *bad.key), bad.what) for bad in misfits]
        shapes[name] = shape
        previous = name
        if shape:
            nodes.append(Node(name=name, kind=node["kind"], sources=sources, shape=shape))
        if layer:
            layers.append(layer)
    if problems:
        raise SpecificationError(problems)
    return tuple(nodes), tuple(layers)


def _entry(given: dict[str, int]) -> Shape:
    """The shape of one image, or of one sequence."""
    ranks = ("tokens", "features") if "tokens" in given else ("channels", "height", "width")
    return tuple(given[rank] for rank in ranks)


def _sources(node: dict[str, Any], previous: str) -> tuple[str, ...]:
    """Whom the node reads: those it names, or the one before it."""
    given = node.get("from", previous)
    return (given,) if isinstance(given, str) else tuple(given)


def _missing(
    document: Document, name: str, sources: tuple[str, ...], shapes: dict[str, Shape | None]
) -> list[Problem]:
    """The sources that do not stand before the node."""
    layers = document.data["layers"]
    listed = isinstance(layers[name].get("from"), list)
    problems = list[Problem]()
    for index, source in enumerate(sources):
        path = ("layers", name, "from", index) if listed else ("layers", name, "from")
        if source == name:
            problems.append(document.problem(path, "reads itself"))
        elif source not in shapes and source in layers:
            what = f"{source} stands after {name}: layers stand in the order of computing"
            problems.append(document.problem(path, what))
        elif source not in shapes:
            what = f"no layer '{source}' stands before {name}"
            problems.append(document.problem(path, what, closest(source, shapes)))
    return problems
