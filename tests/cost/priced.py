"""A layer in a nest on a chip, counted and priced."""

from hwsim.architecture.architecture import Architecture
from hwsim.cost import Cost
from hwsim.mapping.nest import Nest
from hwsim.priced import priced
from hwsim.workload.layer import Layer
from tests.build import mapping


def cost_of(chip: Architecture, layer: Layer, nest: Nest | dict[str, dict[str, int]]) -> Cost:
    """The cost of the layer in this nest, or in that of these tiles."""
    how = nest if isinstance(nest, Nest) else mapping(chip, nest)
    return priced(chip, layer, how).cost
