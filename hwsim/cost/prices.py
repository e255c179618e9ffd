"""Charged words to energy for many data in turn: what new data leave as it is is kept."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cost.energy import Rate, of_macs, rates
from hwsim.memo import Memo
from hwsim.vocabulary import TENSORS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer

#: Prices that are kept; a question about a line of densities takes some hundred.
MOST = 1 << 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What words cost on an architecture, whatever the layer's tensors contain.

    What the words of a link cost depends on what their tensor contains; where each MAC has its
    words, on all that its operands do.
    """

    architecture: Architecture
    layer: Layer
    _kept: Memo = field(default_factory=Memo, init=False)

    def energy(self, traffics: Iterable[Traffic], data: Data) -> Fraction:
        """Return the energy of a mapping's words, and of the MACs, with these data."""
        if len(self._kept) > MOST:
            self._kept.clear()
        layer = replace(self.layer, data=data)
        every = told_of(data)
        alone = {tensor: told_of(data, tensor) for tensor in TENSORS}
        spent = [self._kept.recall(every, lambda: of_macs(self.architecture, layer))]
        for words in traffics:
            for_each_mac = self.architecture.for_each_mac(words.link)
            told = every if for_each_mac else alone[words.link.tensor]
            spent.append(self._of_link(words, layer, told))
        return sum(spent, Fraction(0))

    def _of_link(self, words: Traffic, layer: Layer, told: Hashable) -> Fraction:
        """The energy of a link's words, known by what the tensors contain."""

        def each() -> tuple[Rate, ...]:
            return tuple(rates(self.architecture, words, layer))

        def all_together() -> tuple[Fraction, Traffic]:
            in_rows = words.above or words.below
            costs = each() if in_rows else self._kept.recall((words.link, told), each)
            unit = lcm(*(rate.energy.denominator for rate in costs))
            spent = sum(rate.words(words) * int(rate.energy * unit) for rate in costs)
            return Fraction(spent, unit), words  # which is so not given up, nor is its id

        return self._kept.recall((id(words), told), all_together)[0]


def told_of(data: Data, *tensors: str) -> Hashable:
    """All that prices depend on in the data: of all tensors, or of some by themselves."""
    densities = (data.density(tensor) for tensor in tensors or TENSORS)
    facts = (data.bits, data.zero_pairs, *(() if tensors else (data.mac_shares,)))
    return (
        *((density.numerator, density.denominator) for density in densities),
        *(tuple(sorted(of.items())) for of in facts),
    )
