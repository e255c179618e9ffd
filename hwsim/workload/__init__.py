"""A network document to layers: loop nests with an affine access map for each tensor."""

from hwsim.workload.build import build
from hwsim.workload.data import Data
from hwsim.workload.densities import contents
from hwsim.workload.layer import Layer, Rank
from hwsim.workload.network import Network
from hwsim.workload.select import NoLayer

__all__ = ["Data", "Layer", "Network", "NoLayer", "Rank", "build", "contents"]
