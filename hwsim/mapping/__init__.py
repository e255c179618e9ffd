"""Where architecture and workload meet: a layer's loop nest on an architecture's places."""

from hwsim.mapping.build import build, nests
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Loop, Nest

__all__ = ["Loop", "Mapping", "Nest", "build", "nests"]
