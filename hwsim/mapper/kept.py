"""A mapping that was kept to its price, if it can be what a search has found; no search is needed.

Nobody can tell without one that nothing is better: that a certificate has to be believed for.
"""

from dataclasses import replace
from itertools import pairwise
from math import isfinite

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint
from hwsim.cost import value
from hwsim.mapper.certificate import Certificate, Mapped
from hwsim.mapper.merging import merging
from hwsim.mapper.options import Options
from hwsim.mapper.places import keeps_inside
from hwsim.mapper.sizes import SIZES_OF
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import Nest
from hwsim.priced import Priced, priced
from hwsim.vocabulary import Tiles
from hwsim.workload.layer import Layer

#: Sums of floats differ from exact ones by less than this share of them.
SUM_ROUNDING = 1e-9


def confirmed(
    architecture: Architecture, layer: Layer, options: Options, kept: Mapped
) -> Priced | None:
    """The price of the mapping; None if it is not one of the layer in the declared space, or not
    what its certificate says: of these options, at that value, which its bound does not exceed.
    """
    known = kept.certificate
    asked = (known.objective, known.tiles, known.within) == (
        options.objective,
        options.tiles,
        options.within,
    )
    if not (asked and _is_declared(architecture, layer, kept.nest, options.tiles)):
        return None
    if misfits(architecture, layer, kept.nest):
        return None
    found = priced(architecture, layer, kept.nest)
    right = _is_worth(known, float(value(found.cost, known.objective)))
    return found if right and known.within.met(found.cost.energy, found.cost.cycles) else None


def _is_declared(architecture: Architecture, layer: Layer, nest: Nest, tiles: Tiles) -> bool:
    """Whether the nest has the architecture's places, with loops that may run there in that order,
    and of tiles that are tried.
    """
    if [*nest.loops_at] != [place.name for place in architecture.places]:
        return False
    dimensions = {loop.dimension for loop in nest.loops}
    if not all(_has_tiles(layer, nest, dimension, tiles) for dimension in dimensions):
        return False
    return any(
        _obeys(declared, nest)
        for dataflow in architecture.dataflow.relaxed
        for declared in merging(replace(architecture, dataflow=dataflow), layer)
    )


def _has_tiles(layer: Layer, nest: Nest, dimension: str, tiles: Tiles) -> bool:
    """Whether each tile of the dimension is one that may enclose the next."""
    chain = [loop.tile for loop in nest.loops if loop.dimension == dimension]
    bound = layer.bounds.get(dimension, 0)
    pairs = pairwise([bound, *chain])
    return all(0 < inner <= outer for outer, inner in pairs) and all(
        outer in SIZES_OF[tiles](bound, inner) for outer, inner in pairwise(chain)
    )


def _obeys(architecture: Architecture, nest: Nest) -> bool:
    """Whether each place has loops that the dataflow lets run there, where it matters in order."""
    for at, loops in enumerate(nest.loops_at.values()):
        rule = architecture.dataflow.at(architecture.places[at].name)
        here = tuple(loop.dimension for loop in loops)
        if len({*here}) < len(here) or not {*here} <= {*rule.dimensions}:
            return False
        if keeps_inside(architecture, at) and here != _ordered(rule, here):
            return False
    return True


def _ordered(rule: Constraint, here: tuple[str, ...]) -> tuple[str, ...]:
    """The loops in the order that is declared, else in their own but for those innermost."""
    if rule.order is not None:
        return tuple(name for name in rule.order if name in here)
    last = tuple(name for name in rule.innermost if name in here)
    return (*(name for name in here if name not in last), *last)


def _is_worth(known: Certificate, worth: float) -> bool:
    exact = abs(known.value - worth) <= SUM_ROUNDING * abs(worth)
    return exact and isfinite(known.lower_bound) and known.lower_bound <= known.value
