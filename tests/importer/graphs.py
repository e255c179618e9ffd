"""What two networks must share, however their nodes between priced layers are called."""

from dataclasses import replace

from hwsim.workload import Layer, Network
from hwsim.workload.data import DENSE


def bare(network: Network) -> dict[str, Layer]:
    """The priced layers by name, without what is in their tensors."""
    return {layer.name: replace(layer, data=DENSE) for layer in network.layers}


def feeders(network: Network) -> dict[str, set[str]]:
    """Of each priced layer the priced layers, or the input, whose outputs reach it as they are or
    through nodes that are not priced.
    """
    priced = {layer.name for layer in network.layers}
    sources = {node.name: node.sources for node in network.nodes}
    reach: dict[str, set[str]] = {"input": {"input"}}
    for node in network.nodes:
        reach[node.name] = set[str]().union(
            *({one} if one in priced else reach[one] for one in node.sources)
        )
    assert all(source in reach for each in sources.values() for source in each)
    return {name: reach[name] for name in priced}
