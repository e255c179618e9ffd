"""Patterns of names to the layers of a network that they mean."""

from dataclasses import replace

from hwsim.errors import Error
from hwsim.meant import closest, did_you_mean
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Omission
from hwsim.workload.patterns import Patterns


class NoLayer(Error):
    """No priced layer of `network` has a name that matches `pattern`; `names` are those it has,
    `missing` is what it has no price for of that name.
    """

    network: str
    pattern: str
    names: tuple[str, ...]
    missing: tuple[Omission, ...] = ()

    def __str__(self) -> str:
        remedy = did_you_mean(closest(self.pattern, self.names))
        what = f"{self.network}: no priced layer matches {self.pattern!r}{remedy}"
        priced = f"{self.network}: its priced layers are {', '.join(self.names) or 'none'}"
        missing = (f"{self.network}: {one.name} has no price: {one.why}" for one in self.missing)
        return "\n".join((what, priced, *missing))


def select(network: Network, patterns: str) -> tuple[Layer, ...]:
    """The priced layers that match one of the comma-separated shell patterns, in their order.

    Empty patterns are passed over. Raises `NoLayer` for a pattern that matches none, and where
    there is no pattern.
    """
    wanted = Patterns.between_commas(patterns)
    names = tuple(layer.name for layer in network.layers)
    if not wanted.each:
        raise NoLayer(network.name, patterns, names)
    for pattern in wanted.idle(names):
        missing = tuple(one for one in network.missing if Patterns((pattern,)).match(one.name))
        raise NoLayer(network.name, pattern, names, missing)
    return tuple(layer for layer in network.layers if wanted.match(layer.name))


def leave_out(network: Network, patterns: str, why: str) -> Network:
    """The network without the priced layers that match a pattern, which it then lacks, and why.

    Raises `NoLayer` as `select` does.
    """
    left = {layer.name: layer for layer in select(network, patterns)}
    missing = (
        Omission(name=name, kind=layer.kind, macs=layer.macs, why=why)
        for name, layer in left.items()
    )
    return replace(
        network,
        layers=tuple(layer for layer in network.layers if layer.name not in left),
        missing=(*network.missing, *missing),
    )
