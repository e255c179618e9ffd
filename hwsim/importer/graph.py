"""Operations in the order of computing to a network: names that are unique, and who reads whom."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hwsim.workload.build import INPUT
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node, Omission, Shape

#: What a name may not hold: mappings and patterns of layers use these names.
_ODD = re.compile(r"[^A-Za-z0-9_./-]+")


@dataclass(slots=True, kw_only=True)
class Graph:
    """A network while it is read. `made` has the node that yields each value, by the value's name
    in the framework; values that are not in it, as weights, are no part of the graph.
    """

    batch: int
    made: dict[str, str] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    missing: list[Omission] = field(default_factory=list)
    precomputed: list[Omission] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: {INPUT})

    def enter(self, values: Sequence[str]) -> None:
        """Declare the inputs; where there are several, they keep their own names."""
        if len(values) == 1:
            self.made[values[0]] = INPUT
            return
        for value in values:
            self.made[value] = self.name(value)

    def name(self, wanted: str) -> str:
        """The name, numbered where it is taken, as a module that is called twice.

        >>> graph = Graph(batch=1)
        >>> graph.name("relu"), graph.name("relu"), graph.name("/conv:0")
        ('relu', 'relu_1', 'conv_0')
        """
        name = self.free(wanted)
        self.taken.add(name)
        return name

    def free(self, wanted: str) -> str:
        """The name that `name` would give."""
        stem = _ODD.sub("_", wanted).lstrip("/.-") or "node"
        name, number = stem, 0
        while name in self.taken:
            number += 1
            name = f"{stem}_{number}"
        return name

    def sources(self, values: Iterable[str]) -> tuple[str, ...]:
        """The nodes that yield these values."""
        return tuple(self.made[value] for value in values if value in self.made)

    def add(
        self, name: str, kind: str, sources: tuple[str, ...], shape: Sequence[int], value: str
    ) -> None:
        """Append a node that yields the value, of this shape with the batch in it."""
        self.nodes.append(
            Node(name=name, kind=kind, sources=sources, shape=_of_one(shape, self.batch))
        )
        self.made[value] = name

    def extend(self, shape: Sequence[int], value: str) -> None:
        """Let the last node go on, to yield this value."""
        last = self.nodes.pop()
        self.add(last.name, last.kind, last.sources, shape, value)

    def price(self, layer: Layer, sources: tuple[str, ...], shape: Sequence[int]) -> None:
        """Append a priced layer, which yields what has its name until it is said to be a value."""
        self.add(layer.name, layer.kind, sources, shape, layer.name)
        self.layers.append(layer)

    def network(self, name: str, title: str, source: str) -> Network:
        """All of it."""
        return Network(
            name=name,
            title=title,
            source=source,
            batch=self.batch,
            nodes=tuple(self.nodes),
            layers=tuple(self.layers),
            missing=tuple(self.missing),
            precomputed=tuple(self.precomputed),
        )


def _of_one(shape: Sequence[int], batch: int) -> Shape:
    """The shape of one image: without its first rank where that is the batch; features are channels
    of one pixel.
    """
    own = tuple(shape[1:]) if shape and shape[0] == batch else tuple(shape)
    return (*own, 1, 1) if len(own) == 1 else own
