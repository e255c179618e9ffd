"""A layer and the architecture that it is to run on, where one is nothing without the other."""

from typing import NamedTuple

from hwsim.architecture.architecture import Architecture
from hwsim.workload.layer import Layer


class Pair(NamedTuple):
    """What is to be mapped on what."""

    architecture: Architecture
    layer: Layer
