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
    """A nest with its counts, the words that are charged on every link, and their cost."""

    nest: Nest
    counts: Counts
    words: tuple[Traffic, ...]
    cost: Cost


def priced(architecture: Architecture, layer: Layer, nest: Nest) -> Priced:
    """Count a nest that fits, charge the words of every link, and price them."""
    counts = count(architecture, layer, nest)
    words = traffic(architecture, counts)
    cost = price(architecture, counts, words, layer)
    return Priced(nest=nest, counts=counts, words=words, cost=cost)
