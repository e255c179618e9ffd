"""Runs the nest of a small layer MAC by MAC and counts: `docs/semantics.md` as a program.

It shares no counting code with hwsim, and prefers the obvious to the fast: sets of elements.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from hwsim.accesses.counts import Counts, Flow, Sizes, Work
from hwsim.architecture.architecture import Architecture, Link
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

Indices = tuple[int, ...]  # of some loops, outermost first
Element = tuple[int, ...]  # one index for each rank of a tensor
Tiles = dict[Indices, set[Element]]  # by instance


@dataclass(frozen=True)
class Mac:
    """One multiply-accumulate: its `step` in time, its coordinates in `space`, and its point."""

    step: Indices
    space: Indices
    point: Mapping[str, int]

    def element(self, layer: Layer, tensor: str) -> Element:
        """The element of `tensor` that it touches."""
        return tuple(
            sum(self.point[dimension] * factor for dimension, factor in rank.terms)
            for rank in layer.tensors[tensor]
        )


@dataclass
class Child:
    """What the instances of a link's child hold in the course of a run, and the counts so far.

    `above` and `below` are the words of each move: those that a parent instance reads together, and
    those that one of its own instances receives. `has_value` are the (instance, element)s whose
    partial sum there is not a fresh zero. `at_work` are the instances that took a tile last; one
    that was idle meanwhile keeps its sums, and takes others late. `stays` are those of partial sums in an instance, one
    after the other: of each the visits of that element further in while it lasts, and whether each
    came with a value. `stay` is the last one. `moves` are the steps before which its tiles change,
    with the counts by then.
    """

    link: Link
    holding: defaultdict[Indices, set[Element]] = field(default_factory=lambda: defaultdict(set))
    at_work: set[Indices] = field(default_factory=set)
    has_value: set[tuple[Indices, Element]] = field(default_factory=set)
    moves: list[tuple[Indices, int, int, int]] = field(default_factory=list)
    visits: int = 0
    arrivals: int = 0
    returned: int = 0
    above: Counter[int] = field(default_factory=Counter)
    below: Counter[int] = field(default_factory=Counter)
    stays: list[list[bool]] = field(default_factory=list)
    stay: dict[tuple[Indices, Element], list[bool]] = field(default_factory=dict)

    def begin(self, instance: Indices, element: Element) -> None:
        """Begin a stay."""
        self.stay[instance, element] = []
        self.stays.append(self.stay[instance, element])

    def counted(self) -> Flow:
        """The link's flow after the last step."""
        return Flow(
            link=self.link, visits=self.visits, arrivals=self.arrivals, returned=self.returned
        )


def run(architecture: Architecture, layer: Layer, nest: Nest) -> Counts:
    """Count what crosses every link, and who is at work, by executing every MAC of the layer."""
    macs = executed(architecture, layer, nest)
    flows = [
        child.counted()
        for tensor in architecture.routes
        for child in run_tensor(architecture, layer, nest, macs, tensor)[1:]
    ]
    by_link = {(flow.link.tensor, flow.link.child): flow for flow in flows}
    workers = [storage.name for storage in architecture.storages] + [architecture.compute.name]
    return Counts(
        flows=tuple(by_link[link.tensor, link.child] for link in architecture.links),
        work={name: _work(architecture, nest, macs, name) for name in workers},
    )


def together(
    architecture: Architecture, layer: Layer, nest: Nest
) -> dict[Link, tuple[Sizes, Sizes]]:
    """Of every link how many moves there are by the words that cross in one: at an instance of the
    parent, and at one of the child. Moves of nothing are none.
    """
    macs = executed(architecture, layer, nest)
    children = (
        child
        for tensor in architecture.routes
        for child in run_tensor(architecture, layer, nest, macs, tensor)[1:]
    )
    return {
        child.link: (
            {size: often for size, often in child.above.items() if size},
            {size: often for size, often in child.below.items() if size},
        )
        for child in children
    }


def sums(architecture: Architecture, layer: Layer, nest: Nest) -> list[Child]:
    """What becomes of the partial sums, from their home inwards, by executing every MAC."""
    macs = executed(architecture, layer, nest)
    return run_tensor(architecture, layer, nest, macs, OUTPUTS)


def executed(architecture: Architecture, layer: Layer, nest: Nest) -> list[Mac]:
    """Every MAC of the layer, each at a step and place of its own."""
    extents = _extents(layer, nest)
    found = _execute(_loops(architecture, nest), dict.fromkeys(extents, 0), extents)
    macs = [Mac(mac.step, mac.space, _point(layer, mac.point)) for mac in found]
    assert len(macs) == layer.macs
    assert len({(mac.step, mac.space) for mac in macs}) == len(macs)
    return macs


# --- The nest --------------------------------------------------------------------------------


def _loops(architecture: Architecture, nest: Nest) -> list[tuple[str, int, bool]]:
    """The loops, outermost first, as (dimension, tile, whether it runs in space)."""
    return [
        (loop.dimension, loop.tile, place.spatial)
        for place in architecture.places
        for loop in nest.loops_at.get(place.name, ())
    ]


def _execute(
    loops: list[tuple[str, int, bool]], start: Mapping[str, int], extents: Mapping[str, int]
) -> Iterator[Mac]:
    """All MACs of the box of `extents` at `start`; the last step of a loop takes what is left."""
    if not loops:
        assert all(extent == 1 for extent in extents.values()), f"not tiled down to 1: {extents}"
        yield Mac((), (), start)
        return
    (dimension, tile, spatial), *inner = loops
    for index, offset in enumerate(range(0, extents[dimension], tile)):
        inner_start = {**start, dimension: start[dimension] + offset}
        inner_extents = {**extents, dimension: min(tile, extents[dimension] - offset)}
        for mac in _execute(inner, inner_start, inner_extents):
            if spatial:
                yield Mac(mac.step, (index, *mac.space), mac.point)
            else:
                yield Mac((index, *mac.step), mac.space, mac.point)


def _extents(layer: Layer, nest: Nest) -> dict[str, int]:
    """The extent of each dimension, or of several together over which the nest has joint loops."""
    joint = {loop.dimension for loop in nest.loops if len(loop.dimension) > 1}
    alone = {name: bound for name, bound in layer.bounds.items() if name not in "".join(joint)}
    return alone | {names: prod(layer.bounds[name] for name in names) for names in joint}


def _point(layer: Layer, at: Mapping[str, int]) -> dict[str, int]:
    """The index of each dimension; that of several together counts their combinations."""
    point = {}
    for names, index in at.items():
        for name in reversed(names):
            index, point[name] = divmod(index, layer.bounds[name])
    return point


def outside(architecture: Architecture, nest: Nest, component: str) -> tuple[int, int]:
    """How many loops in time, and how many in space, lie outside `component`."""
    places = architecture.places[: architecture.position(component)]
    in_time = sum(len(nest.loops_at.get(place.name, ())) for place in places if not place.spatial)
    in_space = sum(len(nest.loops_at.get(place.name, ())) for place in places if place.spatial)
    return in_time, in_space


# --- One tensor ------------------------------------------------------------------------------


def run_tensor(
    architecture: Architecture, layer: Layer, nest: Nest, macs: list[Mac], tensor: str
) -> list[Child]:
    """Run all steps; whenever the loops outside a child move on, its instances take new tiles.

    The first is the home, which is nobody's child.
    """
    children = [Child(link) for link in architecture.links if link.tensor == tensor]
    depths = [outside(architecture, nest, child.link.child) for child in children]
    tiles = [_tiles(layer, macs, tensor, *depth) for depth in depths]
    home = Child(children[0].link)  # Holds everything from the start, as zeros: never asked for.
    above = outside(architecture, nest, children[0].link.parent)[1]

    previous: Indices | None = None
    for step in sorted({mac.step for mac in macs}):
        parent, parent_space = home, above
        for child, (in_time, in_space), tiles_at in zip(children, depths, tiles, strict=True):
            if previous is None or step[:in_time] != previous[:in_time]:
                if child is children[-1] and architecture.operands == "every_mac":
                    child.holding.clear()
                if tensor == OUTPUTS and parent is not home:
                    for instance, held in child.holding.items():
                        child.holding[instance] = held & parent.holding[instance[:parent_space]]
                _move(parent, child, tiles_at[step[:in_time]], parent_space)
                child.moves.append((step, child.visits, child.arrivals, child.returned))
            parent, parent_space = child, in_space
        previous = step
    return [home, *children]


def _tiles(
    layer: Layer, macs: list[Mac], tensor: str, in_time: int, in_space: int
) -> dict[Indices, Tiles]:
    """The tile of every instance that has work, by the indices of the loops in time outside."""
    tiles: dict[Indices, Tiles] = defaultdict(lambda: defaultdict(set))
    for mac in macs:
        tiles[mac.step[:in_time]][mac.space[:in_space]].add(mac.element(layer, tensor))
    return tiles


def _move(parent: Child, child: Child, tiles: Tiles, parent_space: int) -> None:
    """Let every instance that has work take its tile: what is new comes, the rest leaves."""
    siblings: dict[Indices, list[Indices]] = defaultdict(list)
    for instance in sorted(tiles):
        siblings[instance[:parent_space]].append(instance)

    for above, instances in siblings.items():
        new = {instance: tiles[instance] - child.holding[instance] for instance in instances}
        deliveries = sum(len(elements) for elements in new.values())
        distinct = set().union(*new.values())
        child.arrivals += deliveries
        read_each = child.link.unicast and child.link.tensor != OUTPUTS
        child.above[deliveries if read_each else len(distinct)] += 1
        child.below.update(len(elements) for elements in new.values())
        if child.link.tensor == OUTPUTS:
            child.visits += len(distinct)
            for element in distinct:
                visited = [instance for instance in instances if element in new[instance]]
                _visit(parent, child, element, above, visited)
                late = not child.at_work.issuperset(instances)
                assert late or not any(element in tiles[at] - new[at] for at in instances), (
                    f"{element} visits {child.link} while an earlier visit goes on"
                )
        else:
            child.visits += deliveries if child.link.unicast else len(distinct)

    child.holding.update(tiles)
    child.at_work = set(tiles)


def _visit(
    parent: Child, child: Child, element: Element, above: Indices, visited: list[Indices]
) -> None:
    """Begin a visit of an output element to the instances `visited` below the instance `above`.

    If it has a value above, the first of them receives it; the others start from zero.
    """
    child.has_value -= {(instance, element) for instance in visited}
    for instance in visited:
        child.begin(instance, element)
    if (above, element) not in parent.stay:
        parent.begin(above, element)
    parent.stay[above, element].append((above, element) in parent.has_value)
    if (above, element) in parent.has_value:
        child.returned += 1
        child.has_value.add((visited[0], element))
    parent.has_value.add((above, element))


# --- Work ------------------------------------------------------------------------------------


def _work(architecture: Architecture, nest: Nest, macs: list[Mac], component: str) -> Work:
    """The steps of the loops outside `component`, and the instances at work in them."""
    in_time, in_space = outside(architecture, nest, component)
    at_work: dict[Indices, set[Indices]] = defaultdict(set)
    for mac in macs:
        at_work[mac.step[:in_time]].add(mac.space[:in_space])
    return Work(
        steps=len(at_work),
        instance_steps=sum(len(instances) for instances in at_work.values()),
        peak=max(len(instances) for instances in at_work.values()),
    )
