"""A network: layers that are priced, and nodes that only pass shapes on."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hwsim.workload.data import Data
from hwsim.workload.layer import Layer

#: What a node yields for one image: a map (channels, height, width; features are channels of one
#: pixel), a sequence (tokens, features), or an array of any other rank of an imported network.
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of the graph: its kind, whom it reads, and the shape it yields."""

    name: str
    kind: str
    sources: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Multiplications that no layer's price holds: where they are, and `why`, in words of the user.

    `macs` says how many they are for the whole batch, if that is known.
    """

    name: str
    kind: str
    macs: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Network:
    """A network at a batch size: its graph of nodes in order, and the layers that are priced.

    `load_network` reads one from a file, `from_torch` and `from_onnx` import one.

    `missing` is work that a total should hold and does not. `precomputed` is work on weights alone,
    which is done once, before any image. `notes` say what else may surprise a user.
    """

    name: str
    title: str
    source: str
    batch: int
    nodes: tuple[Node, ...]
    layers: tuple[Layer, ...]
    missing: tuple[Omission, ...] = ()
    precomputed: tuple[Omission, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        layers = f"{len(self.layers)} layer{'' if len(self.layers) == 1 else 's'}"
        return f"<Network {self.name}, batch {self.batch}: {layers}, {self.macs:.4g} MACs>"

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole batch."""
        return sum(layer.macs for layer in self.layers)

    @property
    def weights(self) -> int:
        """Weights of the priced layers, without biases."""
        return sum(layer.parameters for layer in self.layers)

    def containing(self, data: Mapping[str, Data]) -> "Network":
        """Return the network with these data in the layers of these names.

        Raises:
            ValueError: no priced layer has some of the names; the text has them.
        """
        unknown = data.keys() - {layer.name for layer in self.layers}
        if unknown:
            raise ValueError(f"{self.name} has no priced layer {', '.join(sorted(unknown))}")
        layers = (replace(layer, data=data.get(layer.name, layer.data)) for layer in self.layers)
        return replace(self, layers=tuple(layers))

    @property
    def unpriced(self) -> tuple[Node, ...]:
        """The nodes whose energy is not counted and need not be; none of them is `missing`."""
        others = {layer.name for layer in self.layers} | {one.name for one in self.missing}
        return tuple(node for node in self.nodes if node.name not in others)


def tallied(named: Iterable[Node | Omission]) -> str:
    """How many there are of each kind, as 'relu x3, gru x1'."""
    kinds = Counter(one.kind for one in named)
    return ", ".join(f"{kind} x{number}" for kind, number in kinds.items())
