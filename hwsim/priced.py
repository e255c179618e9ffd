"""A layer's nest on an architecture to its price: its counts, what of them is charged, the cost."""

from dataclasses import dataclass

from hwsim.accesses import Counts, count
from hwsim.accesses.traffic import Traffic, traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cost import Cost, price
from hwsim.mapping.nest import Nest
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A nest with its counts, the charged words of every link, and the cost of these."""

    nest: Nest
    counts: Counts
    words: tuple[Traffic, ...]
    cost: Cost


def priced(architecture: Architecture, layer: Layer, nest: Nest) -> Priced:
    """The price of a nest that fits."""
    counts = count(architecture, layer, nest)
    words = traffic(architecture, counts)
    cost = price(architecture, counts, words, layer)
    return Priced(nest=nest, counts=counts, words=words, cost=cost)
