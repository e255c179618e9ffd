"""A layer and its nest, counted: the words that cross every link, and every component's work."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from hwsim.accesses.counts import Counts, Flow, Work
from hwsim.accesses.order import OrderedLoop, Span, keeps, span_of, steps_of
from hwsim.accesses.slot import Slot
from hwsim.accesses.together import Side, Together
from hwsim.accesses.track import Track
from hwsim.accesses.turnover import turnovers
from hwsim.accesses.turns import turned, turning
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.bypass import bypassing
from hwsim.architecture.components import Array, Storage
from hwsim.mapping.nest import Nest, moving, run_by
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer


def count(architecture: Architecture, layer: Layer, nest: Nest) -> Counts:
    """Count every word of every tensor on every link, exactly, as `docs/semantics.md` defines it.

    Where tensors bypass storages in this nest, the links lead past these. The nest is of one run of
    the layer, and the counts are of all its runs.
    """
    architecture, layer = bypassing(architecture, nest.bypassed), run_by(nest, layer)
    nest = moving(nest, layer.bounds)
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
    turns = _turns(architecture, layer, steps, walks)
    return Counts(flows=tuple(flows), work=work, turns=turns).repeated(layer.times)


def _walks(layer: Layer, nest: Nest) -> dict[str, Track]:
    """Return a track of each dimension, with the tiles that the nest has."""
    tiles: dict[str, list[int]] = {name: [] for name in layer.bounds}
    for loop in nest.loops:
        tiles[loop.dimension].append(loop.tile)
    return {
        name: Track(bound=bound, tiles=tuple(tiles[name])) for name, bound in layer.bounds.items()
    }


def _flow(
    architecture: Architecture,
    layer: Layer,
    link: Link,
    above: Flow | None,
    steps: tuple[OrderedLoop, ...],
    walks: Mapping[str, Track],
) -> Flow:
    span = span_of(architecture, link, steps)
    parts = turnovers(layer, link.tensor, span, walks)
    kept = keeps(architecture, link)
    received = _total(part.received for part in parts)
    received -= kept and _total(part.received_kept for part in parts)
    read = _total(part.read for part in parts)
    read -= kept and _total(part.read_kept for part in parts)
    visits = received if link.unicast and link.tensor != OUTPUTS else read
    returned = 0
    if link.tensor == OUTPUTS:
        valueless = above.arrivals - above.returned if above else layer.words(OUTPUTS)
        returned = visits - valueless
    ends = {
        end: Together(
            layer=layer, tensor=link.tensor, span=span, tracks=walks, side=side, keeps=kept
        ).sizes()
        for end, side in _in_rows(architecture, link)
    }
    return Flow(link=link, visits=visits, arrivals=received, returned=returned, **ends)


def _in_rows(architecture: Architecture, link: Link) -> Iterator[tuple[str, Side]]:
    """The ends of a link at which rows are charged whole."""
    once = not link.unicast or link.tensor == OUTPUTS
    for end, name, side in (
        ("above", link.parent, Side(once=once)),
        ("below", link.child, Side(each=True)),
    ):
        part = architecture.components[name]
        if isinstance(part, Storage) and part.charging.row.whole:
            yield end, side


def _total(by_rank: Iterable[Sequence[int]]) -> int:
    """Multiply over the ranks, then sum over the classes of moves."""
    return sum(map(prod, zip(*by_rank, strict=True)))


def _turns(
    architecture: Architecture,
    layer: Layer,
    steps: tuple[OrderedLoop, ...],
    walks: Mapping[str, Track],
) -> int:
    if not architecture.waiting:
        return 1
    outside = steps[: turning(steps, turned(architecture, layer))]
    span = Span(steps=outside, parent=0, child=len(architecture.places))
    return _steps(span, walks)


def _steps(span: Span, walks: Mapping[str, Track]) -> int:
    """The steps of the span's loops in time."""
    number = 1
    for name, walk in walks.items():
        slots = tuple(Slot.FIRST if slot is Slot.SPACE else slot for slot in span.slots(name))
        number *= walk.shown(slots, len(slots)).active
    return number


def _work(steps: tuple[OrderedLoop, ...], walks: Mapping[str, Track], position: int) -> Work:
    span = Span(steps=steps, parent=0, child=position)
    total = peak = 1
    for name, walk in walks.items():
        slots = span.slots(name)
        total *= walk.shown(slots, len(slots)).active
        peak *= walk.shown(slots, 0).active
    return Work(steps=_steps(span, walks), instance_steps=total, peak=peak)
