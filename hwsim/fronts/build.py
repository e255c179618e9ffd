"""Layers, some with nests that are given, to the front of all of them together."""

from collections.abc import Mapping, Sequence

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.fronts.front import Front, LayerFront
from hwsim.fronts.reach import explained
from hwsim.fronts.steps import Descent, descents
from hwsim.mapper import NoMapping, Options, OutOfReach, Tell
from hwsim.mapping.nest import Nest
from hwsim.priced import priced
from hwsim.simulated import simulated
from hwsim.within import ANYTHING, Within
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network


def front_of(
    architecture: Architecture,
    network: Network,
    layers: Sequence[Layer],
    given: Mapping[str, Nest],
    options: Options,
    *,
    within: Within = ANYTHING,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Front:
    """Return the front of these layers of the network.

    Raises `NoMapping` where no layer has a mapping, or nothing is within the limits.
    """
    open_layers = [layer for layer in layers if layer.name not in given]
    limits = [within.of_layer(architecture, it).of_one(it.times) for it in open_layers]
    searched = descents(
        architecture, open_layers, limits, options, jobs=jobs, cache=cache, tell=tell
    )
    made = {it.name: one for it, one in zip(open_layers, searched, strict=True)}
    unmapped: dict[str, tuple[str, ...]] = {}
    fronts = list[LayerFront]()
    for layer in layers:
        one = made.get(layer.name)
        if isinstance(one, OutOfReach):
            own = within.of_layer(architecture, layer)
            unmapped |= explained(architecture, layer, own, options, cache).reasons
        elif isinstance(one, NoMapping):
            unmapped |= one.reasons
        elif one is None:
            price = priced(architecture, layer, given[layer.name])
            fronts.append(LayerFront(points=(simulated(architecture, layer, price),)))
        else:
            fronts.append(_layer_front(architecture, layer, one))
    if not fronts:
        raise NoMapping(unmapped)
    return Front(
        architecture=architecture,
        network=network,
        layers=tuple(fronts),
        unmapped=unmapped,
        within=within,
    )


def _layer_front(architecture: Architecture, layer: Layer, descent: Descent) -> LayerFront:
    steps = descent.front
    return LayerFront(
        points=tuple(
            simulated(architecture, layer, step.price, step.certificate) for step in steps
        ),
        corners=() if descent.proven else tuple(descent.corners),
    )
