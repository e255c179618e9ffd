"""An architecture document to a graph of components with the tensors' routes over it."""

from hwsim.architecture.architecture import Architecture, Link, Place
from hwsim.architecture.build import build

__all__ = ["Architecture", "Link", "Place", "build"]
