"""Where architecture and workload meet: the loop nest of a layer on the places of an architecture."""

from hwsim.mapping.build import build, nests
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Loop, Nest

__all__ = ["Loop", "Mapping", "Nest", "build", "nests"]
