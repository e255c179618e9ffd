"""Charged words to cycles: compute takes one a step, a component with a bandwidth what it moves."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil

from hwsim.accesses.counts import Counts
from hwsim.accesses.traffic import Traffic, accesses
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Network, Storage


def cycles(
    architecture: Architecture, counts: Counts, traffics: Iterable[Traffic]
) -> Mapping[str, int]:
    """Cycles that the MACs and every component with a bandwidth need for the layer."""
    needed = {architecture.compute.name: counts.work[architecture.compute.name].steps}
    for name, by_tensor in accesses(traffics).items():
        component = architecture.components[name]
        assert isinstance(component, Storage | Network)
        if component.bandwidth_words_per_cycle is None:
            continue
        down = sum(access.reads for access in by_tensor.values())
        up = sum(access.writes for access in by_tensor.values())
        words = max(down, up) if isinstance(component, Network) else down + up
        work = counts.work[name]
        instances = Fraction(work.instance_steps, work.steps)
        needed[name] = ceil(
            words / (Fraction(str(component.bandwidth_words_per_cycle)) * instances)
        )
    return needed
