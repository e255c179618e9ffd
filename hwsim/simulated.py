"""A layer at the price of its nest to its result."""

from hwsim.accesses.traffic import accesses
from hwsim.architecture.architecture import Architecture
from hwsim.cost.moved import moved
from hwsim.mapper import Certificate
from hwsim.priced import Priced
from hwsim.result import LayerResult
from hwsim.sparsity.stored import stored
from hwsim.sparsity.zeros import SAVES_ENERGY, SAVES_TIME, macs_left
from hwsim.workload.layer import Layer


def simulated(
    architecture: Architecture, layer: Layer, price: Priced, known: Certificate | None = None
) -> LayerResult:
    """Return the result of a layer at this price.

    `known` is the certificate of a search; it is None where the nest was given.
    """
    return LayerResult(
        layer=layer,
        nest=price.nest,
        certificate=known,
        counts=price.counts,
        accesses=accesses(price.words),
        moved=moved(architecture, price.words, layer),
        stored=stored(architecture, layer),
        macs_charged=layer.macs * macs_left(architecture.compute, layer, SAVES_ENERGY),
        macs_timed=layer.macs * macs_left(architecture.compute, layer, SAVES_TIME),
        cost=price.cost,
        active_pes=price.counts.work[architecture.compute.name].peak,
        macs_per_cycle=architecture.macs_per_cycle,
        cycles_per_mac=architecture.compute.cycles_per_mac,
    )
