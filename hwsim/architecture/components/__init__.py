"""The components of an accelerator, a kind a module: storages, networks, arrays, and the MAC."""

from collections.abc import Mapping
from typing import Final

from hwsim.architecture.components.array import Array
from hwsim.architecture.components.bandwidth import Bandwidth
from hwsim.architecture.components.component import NO_FORMAT, NOTHING, Component, Mover
from hwsim.architecture.components.compute import Compute
from hwsim.architecture.components.network import Interconnect
from hwsim.architecture.components.storage import Compartment, Storage

__all__ = [
    "COMPONENT_KINDS",
    "NOTHING",
    "NO_FORMAT",
    "Array",
    "Bandwidth",
    "Compartment",
    "Component",
    "Compute",
    "Interconnect",
    "Mover",
    "Storage",
]

#: By what a file says of its `kind`.
COMPONENT_KINDS: Final[Mapping[str, type[Component]]] = {
    "storage": Storage,
    "network": Interconnect,
    "array": Array,
    "compute": Compute,
}
