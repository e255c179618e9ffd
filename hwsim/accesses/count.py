"""A layer and its nest, counted: the words that cross every link, and every component's work."""

from collections.abc import Mapping
from math import prod

import numpy as np

from hwsim.accesses.counts import Counts, Flow, Work
from hwsim.accesses.order import OrderedLoop, Span, keeps, span_of, steps_of
from hwsim.accesses.turnover import Turnover, turnovers
from hwsim.accesses.walk import Slot, Walk
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.bypass import bypassing
from hwsim.architecture.components import Array
from hwsim.mapping.nest import Nest, run_by
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer


def count(architecture: Architecture, layer: Layer, nest: Nest) -> Counts:
    """Count every word of every tensor on every link, exactly, as `docs/semantics.md` defines it.

    Where tensors bypass storages in this nest, the links lead past these. The nest is of one run of
    the layer, and the counts are of all its runs.
    """
    architecture, layer = bypassing(architecture, nest.bypassed), run_by(nest, layer)
    steps = steps_of(architecture, nest)
    walks = _walks(layer, nest)
    flows = list[Flow]()
    for link in architecture.links:
        above = next(
            (
                flow
                for flow in flows
                if (flow.link.tensor, flow.link.child) == (link.tensor, link.parent)
            ),
            None,
        )
        flows.append(_flow(architecture, layer, link, above, steps, walks))
    work = {
        name: _work(steps, walks, architecture.position(name))
        for name, component in architecture.components.items()
        if not isinstance(component, Array)
    }
    return Counts(flows=tuple(flows), work=work).repeated(layer.times)


def _walks(layer: Layer, nest: Nest) -> dict[str, Walk]:
    """Return a walk of each dimension, with the one tiling that the nest has."""
    loops = nest.loops
    tiles = {name: [loop.tile for loop in loops if loop.dimension == name] for name in layer.bounds}
    return {
        name: Walk(bound=bound, tiles=np.array([tiles[name]], dtype=np.int64))
        for name, bound in layer.bounds.items()
    }


def _flow(
    architecture: Architecture,
    layer: Layer,
    link: Link,
    above: Flow | None,
    steps: tuple[OrderedLoop, ...],
    walks: Mapping[str, Walk],
) -> Flow:
    span = span_of(architecture, link, steps)
    parts = turnovers(layer, link.tensor, span, walks)
    kept = int(keeps(architecture, link))
    received = _total(parts, "received") - kept * _total(parts, "received_kept")
    read = _total(parts, "read") - kept * _total(parts, "read_kept")
    visits = received if link.unicast and link.tensor != OUTPUTS else read
    returned = 0
    if link.tensor == OUTPUTS:
        valueless = above.arrivals - above.returned if above else layer.words(OUTPUTS)
        returned = visits - valueless
    return Flow(link=link, visits=visits, arrivals=received, returned=returned)


def _total(parts: tuple[Turnover, ...], what: str) -> int:
    """Multiply over the ranks, then sum over the classes of moves, in exact integers."""
    columns = [getattr(part, what)[:, 0].tolist() for part in parts]
    return sum(prod(values) for values in zip(*columns, strict=True))


def _work(steps: tuple[OrderedLoop, ...], walks: Mapping[str, Walk], position: int) -> Work:
    span = Span(steps=steps, parent=0, child=position)
    number = total = peak = 1
    for name, walk in walks.items():
        slots = span.slots(name)
        first = tuple(Slot.FIRST if slot is Slot.SPACE else slot for slot in slots)
        number *= int(walk.shown(first, len(slots)).active[0])
        total *= int(walk.shown(slots, len(slots)).active[0])
        peak *= int(walk.shown(slots, 0).active[0])
    return Work(steps=number, instance_steps=total, peak=peak)
