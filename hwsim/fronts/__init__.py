"""Layers to their fronts of energy and cycles, and these to the front of a network."""

from hwsim.fronts.build import front_of
from hwsim.fronts.front import Front, LayerFront, Point
from hwsim.fronts.reach import within_reach

__all__ = ["Front", "LayerFront", "Point", "front_of", "within_reach"]
