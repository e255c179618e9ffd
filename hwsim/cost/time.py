"""Charged words to cycles: compute takes one a step, a component with a bandwidth what it moves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Mover
from hwsim.cost.moved import moved
from hwsim.sparsity.zeros import SAVES_TIME, macs_left
from hwsim.vocabulary import exact
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The `cycles` that one instance of a component would need for all words in a direction."""

    component: str
    direction: str
    cycles: Fraction


def cycles(
    architecture: Architecture, counts: Counts, traffics: Iterable[Traffic], layer: Layer
) -> Mapping[str, int]:
    """Cycles that the MACs and every component with a bandwidth need for the layer."""
    compute = architecture.compute
    steps = counts.work[compute.name].steps * pace(architecture, layer)
    needed = {compute.name: _whole(steps, layer.times)}
    for load in loads(architecture, traffics, layer):
        work = counts.work[load.component]
        shared = _whole(load.cycles * work.steps / work.instance_steps, layer.times)
        needed[load.component] = max(shared, needed.get(load.component, 0))
    return needed


def _whole(cycles: Fraction, runs: int) -> int:
    """Return the cycles of so many runs, each of them rounded up to a whole number."""
    return ceil(cycles / runs) * runs


def pace(architecture: Architecture, layer: Layer) -> Fraction:
    """Return the cycles of a step: one, less the share of MACs that are skipped.

    Every PE is taken to skip as many of them as any other.
    """
    return macs_left(architecture.compute, layer, SAVES_TIME)


def loads(architecture: Architecture, traffics: Iterable[Traffic], layer: Layer) -> Iterator[Load]:
    """The loads of the components with a bandwidth."""
    movers = (part for part in architecture.components.values() if isinstance(part, Mover))
    if all(part.bandwidth_words_per_cycle is None for part in movers):
        return
    for name, by_tensor in moved(architecture, traffics, layer, SAVES_TIME).items():
        component = architecture.components[name]
        assert isinstance(component, Mover)
        if component.bandwidth_words_per_cycle is None:
            continue
        bandwidth = exact(component.bandwidth_words_per_cycle) * component.word_bits
        down = sum((bits.read for bits in by_tensor.values()), Fraction(0))
        up = sum((bits.written for bits in by_tensor.values()), Fraction(0))
        if component.duplex:
            yield Load(component=name, direction="down", cycles=down / bandwidth)
            yield Load(component=name, direction="up", cycles=up / bandwidth)
        else:
            yield Load(component=name, direction="both", cycles=(down + up) / bandwidth)
