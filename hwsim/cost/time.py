"""Charged words to cycles, and to their causes: computing, filling and draining, and stalls.

Components work side by side, each as fast as it can. But while a storage with a single buffer takes
its next tile, all that lies inside it waits. From the innermost component outwards (`Shell`),

    cycles inside = max(cycles inside, what each component's words need of its bandwidth)
    cycles inside = cycles inside + its exchanges, at a storage that is waited for

and the innermost cycles are those of computing, and of filling and draining the arrays and the MAC.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Component, Mover, Storage
from hwsim.cost.moved import Moved, moved_over
from hwsim.sparsity.zeros import SAVES_TIME, macs_left
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

#: What a component moves words for: all that it does; what lies inside a storage that is waited
#: for; and a tile of such a storage on its way in, or on its way out.
ALL: Final = "all"
INSIDE: Final = "inside"
FILL: Final = "fill"
DRAIN: Final = "drain"


class Adds(Protocol):
    """What adds up: a number, or many at a time."""

    def __add__(self, other: Any, /) -> Any:
        """The sum."""


Cycles = TypeVar("Cycles", bound=Adds)


class Cap(NamedTuple):
    """A bandwidth of a component, and what it moves words for: a purpose, of which storage."""

    component: str
    way: str
    purpose: str = ALL
    storage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A component, and what may make those inside it wait: its bandwidths as it works beside them,
    and those that the tiles need that it takes and gives back while they stand still.
    """

    component: str
    streams: tuple[Cap, ...]
    fills: tuple[Cap, ...]
    drains: tuple[Cap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The cycles of a layer, whole: those of `compute`, of `fill` (filling and draining the arrays
    and the MAC), and those that the MACs wait for a component. They add up to `cycles`.

    `needed` are the cycles that the MACs and every component with a bandwidth need by themselves.
    """

    cycles: int
    compute: int
    fill: int
    stalls: Mapping[str, int]
    needed: Mapping[str, int]


def timed(
    architecture: Architecture, counts: Counts, traffics: Iterable[Traffic], layer: Layer
) -> Time:
    """Return how long the layer takes, and why."""
    compute = counts.work[architecture.compute.name].steps * pace(architecture, layer)
    started = compute + counts.turns * architecture.depth_cycles
    shared = dict[Cap, Fraction]()
    for limit, cycles in loads(architecture, traffics, layer).items():
        work = counts.work[limit.component]
        shared[limit] = cycles * work.steps / work.instance_steps
    needed = {architecture.compute.name: _whole(compute, layer.times)}
    for limit, cycles in shared.items():
        if limit.purpose == ALL:
            alone = _whole(cycles, layer.times)
            needed[limit.component] = max(alone, needed.get(limit.component, 0))
    causes = [("", compute), ("", started), *_waits(shells(architecture, shared), started, shared)]
    whole = [0, *(_whole(cycles, layer.times) for _, cycles in causes)]
    spent = [
        (name, after - before)
        for (name, _), before, after in zip(causes, whole, whole[1:], strict=False)
    ]
    return Time(
        cycles=whole[-1],
        compute=spent[0][1],
        fill=spent[1][1],
        stalls=_added_up(spent[2:]),
        needed=needed,
    )


def _added_up(spent: Iterable[tuple[str, int]]) -> dict[str, int]:
    stalls: dict[str, int] = {}
    for name, cycles in spent:
        if cycles:
            stalls[name] = stalls.get(name, 0) + cycles
    return stalls


def _whole(cycles: Fraction, runs: int) -> int:
    """Return the cycles of so many runs, each of them rounded up to a whole number."""
    return ceil(cycles / runs) * runs


def _waits(
    of: Sequence[Shell], started: Fraction, shared: Mapping[Cap, Fraction]
) -> Iterator[tuple[str, Fraction]]:
    """The components that the MACs wait for, with the cycles up to and with them: the storages
    whose tiles are waited for, then the component that is not done by then, if there is one.
    """
    whole, binding, inside = started, "", started
    for component, exchanges, after in _from_inside(of, started, shared, max):
        if exchanges:
            whole += after - inside
            yield component, whole
        elif after > inside:
            binding = component
        inside = after
    if inside > whole:
        yield binding, inside


def finished(
    of: Iterable[Shell],
    started: Cycles,
    cycles: Mapping[Cap, Cycles],
    most: Callable[[Sequence[Cycles]], Cycles],
) -> Cycles:
    """Return the cycles of all shells around what takes `started` cycles, as the module's formula
    has them. They rise with each of `cycles`.
    """
    inside = started
    for _, _, after in _from_inside(of, started, cycles, most):
        inside = after
    return inside


def _from_inside(
    of: Iterable[Shell],
    inside: Cycles,
    cycles: Mapping[Cap, Cycles],
    most: Callable[[Sequence[Cycles]], Cycles],
) -> Iterator[tuple[str, bool, Cycles]]:
    """The cycles inside, after the words of each component beside them, and after its exchanges:
    its name, which of the two it is, and the cycles by then.
    """
    for shell in of:
        if shell.streams:
            inside = most([inside, *(cycles[limit] for limit in shell.streams)])
            yield shell.component, False, inside
        if shell.fills or shell.drains:
            for tile in (shell.fills, shell.drains):
                if tile:
                    inside += most([cycles[limit] for limit in tile])
            yield shell.component, True, inside


def shells(architecture: Architecture, limits: Iterable[Cap]) -> tuple[Shell, ...]:
    """Return the components that may be waited for, from the innermost outwards."""
    known = tuple(limits)
    made = []
    for part in reversed([*architecture.components.values()]):
        waits = isinstance(part, Storage) and part.waits
        own = [limit for limit in known if limit.component == part.name]
        tiles = [limit for limit in known if waits and limit.storage == part.name]
        shell = Shell(
            component=part.name,
            streams=tuple(it for it in own if it.purpose == (INSIDE if waits else ALL)),
            fills=tuple(it for it in tiles if it.purpose == FILL),
            drains=tuple(it for it in tiles if it.purpose == DRAIN),
        )
        if shell.streams or shell.fills or shell.drains:
            made.append(shell)
    return tuple(made)


def pace(architecture: Architecture, layer: Layer) -> Fraction:
    """Return the cycles of a step: those of a MAC, less the share of MACs that are skipped.

    Every PE is taken to skip as many of them as any other.
    """
    compute = architecture.compute
    return compute.cycles_per_mac * macs_left(compute, layer, SAVES_TIME)


def loads(
    architecture: Architecture, traffics: Iterable[Traffic], layer: Layer
) -> dict[Cap, Fraction]:
    """Return the cycles that one instance of a component would need for all words, by limit.

    The limits are those of the architecture, whatever the words.
    """
    movers = (part for part in architecture.components.values() if isinstance(part, Mover))
    if not any(part.bandwidth for part in movers):
        return {}
    sums: dict[tuple[str, str, str], Moved] = {}
    for words in traffics:
        for part, bits in moved_over(architecture, words, layer, SAVES_TIME):
            for purpose, storage, some in _purposes(architecture, words.link, part, bits):
                key = (part.name, purpose, storage)
                sums[key] = sums.get(key, Moved()) + some
    return {
        Cap(name, way, purpose, storage): cycles
        for (name, purpose, storage), bits in sums.items()
        for way, cycles in _cycles(architecture.components[name], bits)
    }


def _cycles(part: Component, bits: Moved) -> Iterator[tuple[str, Fraction]]:
    assert isinstance(part, Mover)
    return part.bandwidth.cycles(bits.read / part.word_bits, bits.written / part.word_bits)


def _purposes(
    architecture: Architecture, link: Link, part: Mover, bits: Moved
) -> Iterator[tuple[str, str, Moved]]:
    """What the bits of a link at a component are moved for."""
    yield ALL, "", bits
    parent, child = (architecture.components[name] for name in (link.parent, link.child))
    if part is parent and isinstance(parent, Storage) and parent.waits:
        yield INSIDE, parent.name, bits
    if isinstance(child, Storage) and child.waits:
        down, up = Moved(read=bits.read), Moved(written=bits.written)
        if part is child:
            down, up = Moved(written=bits.written), Moved(read=bits.read)
        yield FILL, child.name, down
        if link.tensor == OUTPUTS:
            yield DRAIN, child.name, up
