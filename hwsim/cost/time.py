"""Charged words to cycles: compute takes one a step, a component with a bandwidth what it moves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic, accesses
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Network, Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The `cycles` that one instance of a component would need for all words in a direction."""

    component: str
    direction: str
    cycles: Fraction


def cycles(
    architecture: Architecture, counts: Counts, traffics: Iterable[Traffic]
) -> Mapping[str, int]:
    """Cycles that the MACs and every component with a bandwidth need for the layer."""
    needed = {architecture.compute.name: counts.work[architecture.compute.name].steps}
    for load in loads(architecture, traffics):
        work = counts.work[load.component]
        shared = ceil(load.cycles * work.steps / work.instance_steps)
        needed[load.component] = max(shared, needed.get(load.component, 0))
    return needed


def loads(architecture: Architecture, traffics: Iterable[Traffic]) -> Iterator[Load]:
    """The loads of the components with a bandwidth; networks move words both ways at once."""
    for name, by_tensor in accesses(traffics).items():
        component = architecture.components[name]
        assert isinstance(component, Storage | Network)
        if component.bandwidth_words_per_cycle is None:
            continue
        bandwidth = Fraction(str(component.bandwidth_words_per_cycle))
        down = sum(access.reads for access in by_tensor.values())
        up = sum(access.writes for access in by_tensor.values())
        if isinstance(component, Network):
            yield Load(component=name, direction="down", cycles=down / bandwidth)
            yield Load(component=name, direction="up", cycles=up / bandwidth)
        else:
            yield Load(component=name, direction="both", cycles=(down + up) / bandwidth)
