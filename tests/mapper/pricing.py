"""Many mappings of one loop order, priced at once and exactly.

Counting a mapping takes milliseconds, and a space has thousands. The counts of all tilings come
from the parts of `hwsim.accesses`; the energy is an affine function of the words of each link,
whose coefficients pricing itself tells. `test_exhaustive.py` holds samples against the pipeline.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod

import numpy as np

from hwsim.accesses.counts import Counts, Flow
from hwsim.accesses.order import OrderedLoop, Span, keeps, span_of, steps_of
from hwsim.accesses.traffic import traffic
from hwsim.accesses.turnover import Turnover, turnovers
from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture, Link
from hwsim.cost.energy import energies
from hwsim.mapping.nest import Loop, Nest
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

#: Words at which prices are taken: every storage has some, as it has in any mapping.
SOME = 1000
#: The loops of each of some nests that differ only in their tiles, whatever their order.
Family = tuple[frozenset[Loop], ...]
#: Dimensions that slide along one rank are counted together.
GROUPS = (("N",), ("G",), ("M",), ("C",), ("P", "R"), ("Q", "S"))


class Pricing:
    """The prices of words on the links of an architecture, for one layer."""

    def __init__(self, architecture: Architecture, layer: Layer) -> None:
        self.architecture, self.layer = architecture, layer
        links = architecture.links
        even = np.full(3 * len(links), SOME, dtype=np.int64)
        base = self._energy(even)
        worth = [self._energy(even + one) - base for one in np.eye(len(even), dtype=np.int64)]
        constant = base - SOME * sum(worth)
        self._unit = lcm(*(value.denominator for value in (*worth, constant)))
        self._worth = np.array([int(value * self._unit) for value in worth], dtype=np.int64)
        self._constant = int(constant * self._unit)
        looped = [group for group in GROUPS if any(layer.bounds[name] > 1 for name in group)]
        self._groups = looped or [GROUPS[0]]
        self._walks: dict[Family, dict[str, Walk]] = {}
        self._counted: dict[tuple[object, ...], tuple[Turnover[Integers], ...]] = {}

    def energies(self, nests: Sequence[Nest]) -> list[Fraction]:
        """The energy of each of some mappings that differ only in their tiles."""
        sums = self._words(nests) @ self._worth + self._constant
        return [Fraction(int(value), self._unit) for value in sums]

    def _energy(self, words: Integers) -> Fraction:
        flows = [
            Flow(link=link, visits=int(visits), arrivals=int(arrivals), returned=int(returned))
            for link, (visits, arrivals, returned) in zip(
                self.architecture.links, words.reshape(-1, 3), strict=True
            )
        ]
        charged = traffic(self.architecture, Counts(flows=tuple(flows), work={}))
        return sum(energies(self.architecture, charged, self.layer).values(), Fraction(0))

    def _words(self, nests: Sequence[Nest]) -> Integers:
        """Visits, arrivals and returned of every link, a row a nest."""
        steps = steps_of(self.architecture, nests[0])
        family = tuple(frozenset(it.loops) for it in nests)
        if family not in self._walks:
            self._walks[family] = {
                name: Walk(bound=bound, tiles=_tiles(name, nests))
                for name, bound in self.layer.bounds.items()
            }
        columns = list[Integers]()
        valueless: Integers | np.int64 = np.int64(self.layer.words(OUTPUTS))
        for link in self.architecture.links:
            visits, arrivals = self._moved(link, steps, family)
            returned = visits - valueless if link.tensor == OUTPUTS else 0 * visits
            valueless = arrivals - returned if link.tensor == OUTPUTS else valueless
            columns += [visits, arrivals, returned]
        return np.stack(columns, axis=1)

    def _moved(
        self, link: Link, steps: tuple[OrderedLoop, ...], family: Family
    ) -> tuple[Integers, Integers]:
        span = span_of(self.architecture, link, steps)
        parts = [
            part
            for group in self._groups
            for part in self._turnovers(link.tensor, span, group, family)
        ]
        kept = int(keeps(self.architecture, link))

        def total(what: str) -> Integers:
            summed: Integers = prod(getattr(part, what) for part in parts).sum(axis=0)
            return summed

        received = total("received") - kept * total("received_kept")
        read = total("read") - kept * total("read_kept")
        return (received if link.unicast and link.tensor != OUTPUTS else read), received

    def _turnovers(
        self, tensor: str, span: Span, group: tuple[str, ...], family: Family
    ) -> tuple[Turnover[Integers], ...]:
        """Counting along a group of dimensions, once for all orders that treat it alike."""
        moving = tuple(name if name in group else "" for name in span.moving)
        key = (family, group, tensor, span.parent, span.child, moving)
        if key not in self._counted:
            walks = {name: self._walks[family][name] for name in group}
            self._counted[key] = turnovers(self.layer, tensor, span, walks)
        return self._counted[key]


def _tiles(name: str, nests: Sequence[Nest]) -> Integers:
    rows = [[loop.tile for loop in it.loops if loop.dimension == name] for it in nests]
    return np.array(rows, dtype=np.int64).reshape(len(nests), -1)
