"""An imported network to text in the manner of YAML: its nodes, and the loops of those priced."""

from collections.abc import Iterable, Mapping

from hwsim.specification.render import scalar
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node


def render(network: Network) -> str:
    """A line a node: its kind, whom it reads, its shape; and the bounds and densities of a layer.

    It is no specification: strides, for one, are in it no more.
    """
    layers = {layer.name: layer for layer in network.layers}
    head = {"name": network.name, "title": network.title, "source": network.source}
    lines = [f"{key}: {scalar(value)}" for key, value in head.items()]
    nodes = (
        f"  {scalar(node.name)}: {_node(node, layers.get(node.name))}" for node in network.nodes
    )
    return "\n".join((*lines, f"batch: {network.batch}", "nodes:", *nodes)) + "\n"


def _node(node: Node, layer: Layer | None) -> str:
    said = {
        "kind": node.kind,
        "from": _listed(scalar(source, flow=True) for source in node.sources),
        "shape": _listed(map(str, node.shape)),
    }
    if layer:
        densities = {name: f"{float(share):.3g}" for name, share in layer.data.densities.items()}
        said |= {"bounds": _mapping(layer.bounds), "densities": _mapping(densities)}
    return _mapping(said)


def _listed(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _mapping(items: Mapping[str, object]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}"
