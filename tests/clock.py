"""Runs the nest of a small layer step by step, with a clock: the judge of cycles and their causes.

It shares no code with `hwsim.cost.time`. The words that move are those of `tests/interpreter.py`,
charged as the table "Accesses" of `docs/semantics.md` has it; all values are one word wide, none is
zero. The clock advances while the MACs work, while the array fills and drains, and while a tile of
a storage with a single buffer comes and goes. Each bandwidth has words to move, ahead of the MACs
if it may: only the exchanges of a storage outside it bar it. The layer has ended when the last word
has moved.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil

from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Array, Mover, Storage
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import OUTPUTS, TENSORS
from hwsim.workload.layer import Layer
from tests.interpreter import Child, Indices, executed, outside, run, run_tensor

#: Of a component: the way of one of its bandwidths, as "read".
Port = tuple[str, str]
#: The cycles that each port needs.
Needs = dict[Port, Fraction]


@dataclass(frozen=True)
class Words:
    """The words of a link in a move, or in all of them: charged where they are read and written."""

    link: Link
    parent_reads: int
    parent_writes: int
    child_reads: int
    child_writes: int

    def at(self, chip: Architecture) -> Iterator[tuple[str, int, int]]:
        """What is read and written at each component."""
        for name in (self.link.parent, *self.link.networks):
            yield name, self.parent_reads, self.parent_writes
        if self.link.child != chip.compute.name:
            yield self.link.child, self.child_reads, self.child_writes


@dataclass
class Clock:
    """What has gone by: spans of time, each with the storage that was waited for, or none."""

    spans: list[tuple[Fraction, str]] = field(default_factory=list)

    def advance(self, cycles: Fraction | int, waited_for: str = "") -> None:
        """Let so many cycles go by."""
        self.spans.append((Fraction(cycles), waited_for))

    @property
    def now(self) -> Fraction:
        """The cycles since the start."""
        return sum((cycles for cycles, _ in self.spans), Fraction(0))

    def left(self, work: Fraction, barring: set[str]) -> Fraction:
        """What of the work is not done by now, if it went on whenever it was not barred."""
        for cycles, waited_for in self.spans:
            if waited_for not in barring:
                work -= cycles
        return max(work, Fraction(0))


@dataclass(frozen=True)
class Timed:
    """What the clock showed, in whole cycles: in all, and in the MACs, the array and the waits."""

    cycles: int
    compute: int
    fill: int
    exchanges: dict[str, Fraction]


class Ran:
    """A layer that was run: its MACs and steps, the words of all links, and who was at work."""

    def __init__(self, chip: Architecture, layer: Layer, nest: Nest) -> None:
        self.chip, self.layer, self.nest = chip, layer, nest
        self.macs = executed(chip, layer, nest)
        self.steps = sorted({mac.step for mac in self.macs})
        self.words = _links(self)
        movers = [name for name, part in chip.components.items() if isinstance(part, Mover)]
        self.at_work = {name: self._at_work(name) for name in movers}

    def depth(self, component: str) -> tuple[int, int]:
        """The loops in time, and those in space, outside a component."""
        return outside(self.chip, self.nest, component)

    def _at_work(self, component: str) -> Fraction:
        """The instances that work in a step of the loops outside, on average."""
        in_time, in_space = self.depth(component)
        busy = {(mac.step[:in_time], mac.space[:in_space]) for mac in self.macs}
        return Fraction(len(busy), len({step for step, _ in busy}))


def clocked(chip: Architecture, layer: Layer, nest: Nest, *, move_by_move: bool = False) -> Timed:
    """Run the layer with a clock.

    What storages exchange streams evenly, or if `move_by_move` each move ends before the next
    begins: that is as long where one port alone is slow.
    """
    ran = Ran(chip, layer, nest)
    begins, tiles = _turns(ran), _by_move(ran) if move_by_move else _evenly(ran)
    fills, clock = _depth(chip), Clock()
    for step in ran.steps:
        for name, needs in tiles.get(step, {}).items():
            clock.advance(needs, name)
        clock.advance(fills if step in begins else 0)
        clock.advance(chip.compute.cycles_per_mac)
    waiting = [part.name for part in chip.storages if part.buffers == 1]
    order, late = [*chip.components], [Fraction(0)]
    for (name, _), needed in _whole(ran).items():
        bars = {other for other in waiting if order.index(other) < order.index(name)}
        late.append(clock.left(needed, bars))
    for name in waiting:
        bars = {other for other in waiting if order.index(other) <= order.index(name)}
        late += [clock.left(needed, bars) for needed in _inside(ran, name).values()]
    exchanges: dict[str, Fraction] = defaultdict(Fraction)
    for cycles, name in clock.spans:
        exchanges[name] += cycles
    del exchanges[""]
    return Timed(
        cycles=ceil(clock.now + max(late)),
        compute=len(ran.steps) * chip.compute.cycles_per_mac,
        fill=len(begins) * fills,
        exchanges={name: cycles for name, cycles in exchanges.items() if cycles},
    )


# --- When -------------------------------------------------------------------------------------


def _depth(chip: Architecture) -> int:
    """The cycles from the first operand that enters to the last sum that leaves, without a MAC's
    own.
    """
    arrays = [part for part in chip.components.values() if isinstance(part, Array)]
    last = sum(
        cycles * (array.axes[axis] - 1)
        for array in arrays
        for axis, cycles in array.skew_cycles.items()
    )
    return last + chip.compute.latency_cycles - chip.compute.cycles_per_mac


def _turns(ran: Ran) -> set[Indices]:
    """The steps before which work begins anew: the first one, and those at which a loop goes on
    that is no further in than one that brings a new tile to a storage that is waited for.
    """
    loops = [
        loop.dimension
        for place in ran.chip.places
        if not place.spatial
        for loop in ran.nest.loops_at.get(place.name, ())
    ]
    steps, depth = ran.steps, 0
    for storage in ran.chip.storages:
        if storage.buffers == 1:
            uses = {
                letter for tensor in storage.holds for letter in ran.layer.dimensions_of(tensor)
            }
            for number, names in enumerate(loops[: ran.depth(storage.name)[0]]):
                if uses & {*names} and any(step[number] for step in steps):
                    depth = max(depth, number + 1)
    return {steps[0]} | {
        after for before, after in pairwise(steps) if before[:depth] != after[:depth]
    }


# --- What -------------------------------------------------------------------------------------


def _charged(
    chip: Architecture, link: Link, visits: int, arrivals: int, returned: int, stays: int | None
) -> Words:
    """The words of so many visits, arrivals and returned; `stays` are the arrivals at the parent,
    None where it is the home.
    """
    parent, child = chip.components[link.parent], chip.components[link.child]
    assert isinstance(parent, Storage)
    filled = isinstance(child, Storage) and child.charging.fills == "charged"
    if link.tensor != OUTPUTS:
        return Words(link, visits, 0, 0, arrivals if filled else 0)
    reads = {"charged": visits, "free": returned}
    reads["forwarded"] = returned if stays is None else visits - stays
    passed = parent.charging.drains == "forwarded" and stays is not None
    stored = isinstance(child, Storage)
    into = filled and isinstance(child, Storage) and child.charging.first_reads != "forwarded"
    out = isinstance(child, Storage) and child.charging.drains == "charged"
    return Words(
        link,
        parent_reads=reads[parent.charging.first_reads],
        parent_writes=visits - (stays or 0) if passed else visits,
        child_reads=arrivals if stored and out else 0,
        child_writes=returned if into else 0,
    )


def _links(ran: Ran) -> list[Words]:
    """The words of every link in all moves."""
    flows = run(ran.chip, ran.layer, ran.nest).flows
    arrivals = {flow.link.child: flow.arrivals for flow in flows if flow.link.tensor == OUTPUTS}
    return [
        _charged(
            ran.chip,
            flow.link,
            flow.visits,
            flow.arrivals,
            flow.returned,
            arrivals.get(flow.link.parent) if flow.link.tensor == OUTPUTS else None,
        )
        for flow in flows
    ]


def _whole(ran: Ran) -> Needs:
    """What every port moves, for whatever."""
    moved: dict[str, tuple[int, int]] = {}
    for words in ran.words:
        for name, reads, writes in words.at(ran.chip):
            before = moved.get(name, (0, 0))
            moved[name] = before[0] + reads, before[1] + writes
    return {
        port: cycles
        for name, (reads, writes) in moved.items()
        for port, cycles in _ports(ran, name, reads, writes)
    }


def _inside(ran: Ran, storage: str) -> Needs:
    """What the ports of a storage move for what lies inside it."""
    inner = [words for words in ran.words if words.link.parent == storage]
    reads = sum(words.parent_reads for words in inner)
    writes = sum(words.parent_writes for words in inner)
    return dict(_ports(ran, storage, reads, writes))


def _ports(ran: Ran, name: str, reads: int, writes: int) -> Iterator[tuple[Port, Fraction]]:
    """The cycles that words take at each port of a component, whose instances share them."""
    part = ran.chip.components[name]
    assert isinstance(part, Mover)
    width = part.bandwidth
    for way, words, limit in (
        ("read", reads, width.read),
        ("write", writes, width.write),
        ("both", reads + writes, width.both),
    ):
        if limit is not None:
            yield (name, way), words / limit / ran.at_work[name]


# --- What is waited for -------------------------------------------------------------------------


def _evenly(ran: Ran) -> dict[Indices, dict[str, Fraction]]:
    """By the first step and storage, what all of its exchanges take together."""
    waited: dict[str, list[Words]] = defaultdict(list)
    for words in ran.words:
        waited[words.link.child].append(words)
    waiting = [part.name for part in ran.chip.storages if part.buffers == 1]
    return {ran.steps[0]: {name: _exchange(ran, waited[name]) for name in waiting}}


def _by_move(ran: Ran) -> dict[Indices, dict[str, Fraction]]:
    """By step and storage, what the exchange before the step takes. A sum leaves when the next one
    comes: which of the moves it is counted in does not matter.
    """
    tiles: dict[Indices, dict[str, list[Words]]] = defaultdict(lambda: defaultdict(list))
    for tensor in TENSORS:
        for child in run_tensor(ran.chip, ran.layer, ran.nest, ran.macs, tensor)[1:]:
            part = ran.chip.components[child.link.child]
            if isinstance(part, Storage) and part.buffers == 1:
                stays = None if ran.chip.lives_in(tensor, child.link.parent) else 0
                for step, visits, arrivals, returned in _each_move(child):
                    words = _charged(ran.chip, child.link, visits, arrivals, returned, stays)
                    tiles[step][part.name].append(words)
    return {
        step: {name: _exchange(ran, words) for name, words in at_step.items()}
        for step, at_step in tiles.items()
    }


def _each_move(child: Child) -> Iterator[tuple[Indices, int, int, int]]:
    """The counts of each move alone."""
    before = (0, 0, 0)
    for step, *counts in child.moves:
        visits, arrivals, returned = (
            after - earlier for after, earlier in zip(counts, before, strict=True)
        )
        yield step, visits, arrivals, returned
        before = (counts[0], counts[1], counts[2])


def _exchange(ran: Ran, exchanged: list[Words]) -> Fraction:
    """How long a storage is waited for: until the slowest port has moved what leaves it, then until
    the slowest has moved what comes.
    """
    down: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    up: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for words in exchanged:
        for name, reads, writes in words.at(ran.chip):
            if name == words.link.child:
                reads, writes = writes, reads
                down[name] = 0, down[name][1] + reads
                up[name] = up[name][0] + writes, 0
            else:
                down[name] = down[name][0] + reads, 0
                up[name] = 0, up[name][1] + writes
    return sum(
        (
            max(
                (
                    cycles
                    for name, (reads, writes) in ways.items()
                    for _, cycles in _ports(ran, name, reads, writes)
                ),
                default=Fraction(0),
            )
            for ways in (up, down)
        ),
        Fraction(0),
    )
