"""A network document to its graph of nodes, with shapes that chain, and the layers to price."""

from typing import Any

from hwsim.specification import Document, Problem, SpecificationError, closest
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node, Shape
from hwsim.workload.nodes import Misfit, yields

INPUT = "input"


def build(document: Document, batch: int | None = None) -> Network:
    """The network at `batch` images, or at the document's own; raises `SpecificationError`."""
    data = document.data
    images = data.get("batch", 1) if batch is None else batch
    entry = data["input"]
    shapes: dict[str, Shape | None] = {INPUT: (entry["channels"], entry["height"], entry["width"])}
    nodes, layers, problems = list[Node](), list[Layer](), list[Problem]()
    previous = INPUT
    for name, node in data["layers"].items():
        sources, missing = _sources(document, name, node, previous, shapes)
        problems += missing
        known = [shape for shape in (shapes.get(source) for source in sources) if shape]
        shapes[name] = None
        previous = name
        if len(known) < len(sources):
            continue
        try:
            shape, layer = yields(name, node, known, images)
        except Misfit as misfit:
            problems.append(document.problem(("layers", name, *misfit.key), misfit.what))
            continue
        shapes[name] = shape
        nodes.append(Node(name=name, kind=node["kind"], sources=tuple(sources), shape=shape))
        layers += [layer] if layer else []
    if problems:
        raise SpecificationError(problems)
    return Network(
        name=data["name"],
        title=data.get("title", data["name"]),
        source=data.get("source", ""),
        batch=images,
        nodes=tuple(nodes),
        layers=tuple(layers),
    )


def _sources(
    document: Document,
    name: str,
    node: dict[str, Any],
    previous: str,
    shapes: dict[str, Shape | None],
) -> tuple[list[str], list[Problem]]:
    """Whom the node reads: the names it gives, which must stand before it, or its predecessor."""
    given = node.get("from", [previous])
    sources = [given] if isinstance(given, str) else list(given)
    path = ("layers", name, "from")
    return sources, [
        document.problem(
            path if isinstance(given, str) else (*path, index),
            f"no layer '{source}' stands before {name}",
            closest(source, shapes),
        )
        for index, source in enumerate(sources)
        if source not in shapes
    ]
