"""The components of an accelerator, a kind a module: storages, networks, arrays, and the MAC."""

from collections.abc import Mapping
from typing import Final

from hwsim.architecture.components.array import Array
from hwsim.architecture.components.component import NO_FORMAT, NOTHING, Component, Mover
from hwsim.architecture.components.compute import Compute
from hwsim.architecture.components.network import Network
from hwsim.architecture.components.storage import Compartment, Storage

__all__ = [
    "KINDS",
    "NOTHING",
    "NO_FORMAT",
    "Array",
    "Compartment",
    "Component",
    "Compute",
    "Mover",
    "Network",
    "Storage",
]

#: By what a file says of its `kind`.
KINDS: Final[Mapping[str, type[Component]]] = {
    "storage": Storage,
    "network": Network,
    "array": Array,
    "compute": Compute,
}
