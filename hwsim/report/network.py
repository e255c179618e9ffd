"""An imported network to text in the manner of YAML: its nodes, and the loops of those priced."""

from collections.abc import Iterable, Mapping

from hwsim.specification.render import scalar
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node, Omission


def render(network: Network) -> str:
    """A line a node: its kind, whom it reads, its shape; and the bounds, runs, densities and bits
    of a layer. Below them is what the network's totals lack, what is computed once, and notes.

    It is no specification: strides, for one, are in it no more.
    """
    layers = {layer.name: layer for layer in network.layers}
    head = {"name": network.name, "title": network.title, "source": network.source}
    lines = [f"{key}: {scalar(value)}" for key, value in head.items()]
    nodes = (
        f"  {scalar(node.name)}: {_node(node, layers.get(node.name))}" for node in network.nodes
    )
    lines += [f"batch: {network.batch}", "nodes:", *nodes]
    for key, omissions in (("missing", network.missing), ("precomputed", network.precomputed)):
        lines += [f"{key}:", *map(_omission, omissions)] if omissions else []
    lines += ["notes:", *(f"  - {scalar(note)}" for note in network.notes)] if network.notes else []
    return "\n".join(lines) + "\n"


def _node(node: Node, layer: Layer | None) -> str:
    said = {
        "kind": node.kind,
        "from": _listed(scalar(source, flow=True) for source in node.sources),
        "shape": _listed(map(str, node.shape)),
    }
    if layer:
        densities = {name: f"{float(share):.3g}" for name, share in layer.data.densities.items()}
        times = {"times": str(layer.times)} if layer.times > 1 else {}
        said |= {"bounds": _mapping(layer.bounds), **times, "densities": _mapping(densities)}
        said |= {"bits": _mapping(layer.data.bits)} if layer.data.bits else {}
    return _mapping(said)


def _omission(one: Omission) -> str:
    macs = "null" if one.macs is None else one.macs
    said = {"kind": one.kind, "macs": macs, "why": scalar(one.why, flow=True)}
    return f"  {scalar(one.name)}: {_mapping(said)}"


def _listed(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _mapping(items: Mapping[str, object]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}"
