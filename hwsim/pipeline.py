"""The simulator from end to end: an architecture and a network to the cost of every layer."""

import os
from collections.abc import Callable

from hwsim import architecture as architectures
from hwsim import mapping as mappings
from hwsim import specification
from hwsim import workload as workloads
from hwsim.accesses import count
from hwsim.accesses.traffic import accesses, traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cost import price
from hwsim.mapper import Mapped, mapped
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Nest
from hwsim.result import LayerResult, Result
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from hwsim.workload.select import select


def load_architecture(
    name_or_path: str | os.PathLike[str], overrides: specification.Overrides = ()
) -> Architecture:
    """The architecture of that shipped name or file, changed by `overrides`.

    They are texts `path=value`, or a mapping from paths to values.
    """
    return architectures.build(specification.load("architecture", name_or_path, overrides))


def load_network(name_or_path: str | os.PathLike[str], batch: int | None = None) -> Network:
    """The network of that shipped name or file, at a batch size if one is given."""
    return workloads.build(specification.load("network", name_or_path), batch)


def load_mapping(name_or_path: str | os.PathLike[str]) -> Mapping:
    """The mapping of that shipped name or file; it is checked against what it is used with."""
    return mappings.build(specification.load("mapping", name_or_path))


def simulate(
    architecture: Architecture,
    network: Network,
    *,
    mapping: Mapping | None = None,
    layers: str = "*",
    progress: Callable[[Layer], None] = lambda layer: None,
) -> Result:
    """Simulate the layers whose names match one of the comma-separated patterns `layers`.

    Layers that `mapping` does not name get the mapping of least energy under the architecture's
    dataflow. Raises `SpecificationError` for a mapping that does not fit, `NoMapping` for a layer
    that has none, `NoLayer` for a pattern that matches none, `TypeError` for a name where what it
    names is expected.
    """
    _check_loaded(architecture=architecture, network=network, mapping=mapping)
    chosen = select(network, layers)
    given = mappings.nests(mapping, architecture, network) if mapping else {}
    results = []
    for layer in chosen:
        progress(layer)
        results.append(_simulate(architecture, layer, given.get(layer.name)))
    return Result(architecture=architecture, network=network, layers=tuple(results))


def _check_loaded(**arguments: object) -> None:
    for kind, given in arguments.items():
        if isinstance(given, str | os.PathLike):
            name = str(given)
            raise TypeError(
                f"{kind} is the name {name!r}: load it with hwsim.load_{kind}({name!r})"
            )


def _simulate(architecture: Architecture, layer: Layer, given: Nest | None) -> LayerResult:
    found = Mapped(nest=given, proven=False) if given else mapped(architecture, layer)
    nest = found.nest
    counts = count(architecture, layer, nest)
    words = traffic(architecture, counts)
    return LayerResult(
        layer=layer,
        nest=nest,
        derived=given is None,
        proven=found.proven,
        counts=counts,
        accesses=accesses(words),
        cost=price(architecture, counts, words, layer.macs),
        active_pes=counts.work[architecture.compute.name].peak,
        macs_per_cycle=architecture.macs_per_cycle,
    )
