"""An architecture document to a graph of components with the tensors' routes over it."""

from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.build import build
from hwsim.architecture.place import Place

__all__ = ["Architecture", "Link", "Place", "build"]
