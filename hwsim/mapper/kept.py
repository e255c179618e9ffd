"""A mapping that was kept to its price, if it can be what a search has found; no search is needed.

Nobody can tell without one that nothing is better: that a certificate has to be believed for.
"""

from math import isfinite

from hwsim.architecture.architecture import Architecture
from hwsim.cost import value
from hwsim.mapper.certificate import Certificate, Mapped
from hwsim.mapper.options import Options
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import Nest
from hwsim.priced import Priced, priced
from hwsim.workload.layer import Layer

#: Sums of floats differ from exact ones by less than this share of them.
ROUNDING = 1e-9


def checked(
    architecture: Architecture, layer: Layer, options: Options, kept: Mapped
) -> Priced | None:
    """The price of the mapping; None if it is not one of the layer in the declared space, or not
    what its certificate says: of these options, at that value, which its bound does not exceed.
    """
    known = kept.certificate
    asked = known.objective is options.objective and known.tiles is options.tiles
    if not (asked and _is_declared(architecture, layer, kept.nest)):
        return None
    if misfits(architecture, layer, kept.nest):
        return None
    found = priced(architecture, layer, kept.nest)
    return found if _is_worth(known, float(value(found.cost, known.objective))) else None


def _is_declared(architecture: Architecture, layer: Layer, nest: Nest) -> bool:
    """Whether the nest has the architecture's places, each with loops that may run there."""
    places = [place.name for place in architecture.places]
    return [*nest.loops_at] == places and all(
        loop.dimension in layer.bounds
        and architecture.dataflow.at(loop.place).allows(layer.merges(loop.dimension))
        for loop in nest.loops
    )


def _is_worth(known: Certificate, worth: float) -> bool:
    exact = abs(known.value - worth) <= ROUNDING * abs(worth)
    return exact and isfinite(known.lower_bound) and known.lower_bound <= known.value
