"""Densities of a layer's tensors to its least energies: what a pruner asks, many at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, log2

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsim.accesses import Counts
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.cost import price
from hwsim.cost.prices import Prices, told_of
from hwsim.mapper import NoMapping, Options
from hwsim.mapping.nest import Nest
from hwsim.memo import Memo
from hwsim.solve import solve
from hwsim.sparsity.width import room_of
from hwsim.vocabulary import TENSORS, WEIGHTS, exact
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer

#: Energies that differ by a smaller share are equal.
EQUAL = 1e-9
#: How close to the density at which the energies of two mappings cross.
CLOSE = 2.0**-20
#: What a logarithm of a level may miss an integer by.
ROUNDING = 1e-9
#: From so many densities of a line on, its mappings are found for all densities at once.
MANY = 3
DEFAULT = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mapping that is the best at some density, what it counts, and the words that it moves."""

    nest: Nest
    counts: Counts
    traffics: tuple[Traffic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Up to density `high`, one of these mappings is the best."""

    high: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Oracle:
    """The least energy of a layer on an architecture, whatever its tensors contain.

    >>> import hwsim
    >>> chip, network = hwsim.load_architecture("cvpr17"), hwsim.load_network("alexnet")
    >>> oracle = hwsim.Oracle(architecture=chip, layer=network.layers[2])
    >>> oracle
    <Oracle of conv3 on cvpr17>
    >>> half, dense = oracle.energy(weights=[0.5, 1.0])
    >>> f"{half / dense:.0%} of the energy is left with half of the weights"
    '57% of the energy is left with half of the weights'

    At each density the mapping is the best one. Along the density of one tensor, the oracle
    searches at both ends, and then wherever the energies of two mappings cross, until no third
    mapping is better there. This finds every best mapping where the words that are left are in
    proportion to the density, because the least energy is then concave. Under a run-length code
    they are not quite in proportion, and a better mapping between two crossings could be missed
    (`tests/test_oracle.py` finds none). Where capacities hold encoded tiles, or energy follows
    time, every density is searched. The oracle remembers what it searched, so a second question
    costs next to nothing.

    With `levels`, mappings are searched only where every density is 1 or a power of 2^(1/levels). A
    density between is priced exactly, with the mapping of the next level above, which fits it too.
    That mapping may not be quite the best one (`benchmarks/levels.py`).
    """

    architecture: Architecture
    layer: Layer
    options: Options = DEFAULT
    cache: Cache | None = None
    levels: int | None = None
    _found: Memo = field(default_factory=Memo, init=False)
    _segments: Memo = field(default_factory=Memo, init=False)
    _prices: Prices = field(init=False)

    def __post_init__(self) -> None:
        prices = Prices(architecture=self.architecture, layer=self.layer)
        object.__setattr__(self, "_prices", prices)

    def __repr__(self) -> str:
        return f"<Oracle of {self.layer.name} on {self.architecture.name}>"

    def energy(
        self,
        *,
        weights: ArrayLike | None = None,
        inputs: ArrayLike | None = None,
        outputs: ArrayLike | None = None,
        bits: Mapping[str, int] | None = None,
    ) -> NDArray[np.float64]:
        """Return the least energies at these densities, in the architecture's unit.

        The densities of the three tensors are broadcast together as NumPy does. A tensor without
        one has that of the layer. Raises `ValueError` for a density outside 0 to 1, and `NoMapping`
        where no mapping fits.
        """
        own = self.layer.data if bits is None else replace(self.layer.data, bits=bits)
        given = dict(zip(TENSORS, (weights, inputs, outputs), strict=True))
        asked = [name for name, of in given.items() if of is not None]
        every = (float(own.density(name)) if of is None else of for name, of in given.items())
        grid = np.broadcast_arrays(*(np.asarray(of, dtype=float) for of in every))
        points = np.stack([axis.reshape(-1) for axis in grid], axis=1)
        along = int(np.argmax([len(np.unique(column)) for column in points.T]))
        others = np.delete(points, along, axis=1)
        found = np.empty(len(points))
        for line in np.unique(others, axis=0):
            rows = np.flatnonzero((others == line).all(axis=1))
            densities = dict(zip(TENSORS, points[rows[0]].tolist(), strict=True))
            rest = own
            for name in asked:
                rest = rest.with_density(name, densities[name])
            found[rows] = self._along(TENSORS[along], points[rows, along].tolist(), rest)
        return found.reshape(grid[0].shape)

    @property
    def searches(self) -> int:
        """How many mappings were searched so far."""
        return len(self._found)

    def marginal(self, tensor: str, density: float) -> tuple[float, float]:
        """Return what the last nonzero of a tensor adds to the energy, and what one more would add.

        These are the slopes of the least energy below and above the density. They are exact, also
        where the energy bends or leaps. Beyond density 0 or 1 the slope is NaN. Raises `ValueError`
        for a density outside 0 to 1, or for no tensor.
        """
        own = self.layer.data.with_density(tensor, density)
        runs = 1 if tensor == WEIGHTS else self.layer.times
        words = runs * self.layer.words(tensor)
        near = [exact(density) + Fraction(step, words) for step in (-1, 0, 1)]
        below, here, above = (
            self._least(own.with_density(tensor, at)) if 0 <= at <= 1 else None for at in near
        )
        nothing = float("nan")
        assert here is not None
        return (
            nothing if below is None else float(here - below),
            nothing if above is None else float(above - here),
        )

    def _least(self, data: Data) -> Fraction:
        return self._energy(self._best(data), data)

    def _along(self, tensor: str, densities: list[float], rest: Data) -> list[float]:
        """Return the least energies at densities of one tensor; the other data stay."""
        each = list(dict.fromkeys(densities))
        if len(densities) < MANY or not self._fits_alike(tensor, rest):
            alone = len(each) == 1 and each[0] == float(rest.density(tensor))
            least = {
                at: self._least(rest if alone else rest.with_density(tensor, at)) for at in each
            }
        else:
            line = self._line(tensor, self._level(rest))
            least = {at: self._on(line, tensor, at, rest) for at in each}
        return [float(least[density]) for density in densities]

    def _on(self, line: list[Segment], tensor: str, density: float, rest: Data) -> Fraction:
        """The least energy at a density of a line."""
        segment = next(segment for segment in line if density <= segment.high)
        data = rest.with_density(tensor, density)
        return min(self._energy(one, data) for one in segment.candidates)

    def _fits_alike(self, tensor: str, rest: Data) -> bool:
        """Whether the same mappings fit at any density of the tensor, and no energy follows time,
        which bends up where another component takes the longest.
        """
        if self.architecture.static:
            return False
        first, last = (replace(self.layer, data=rest.with_density(tensor, end)) for end in (0, 1))
        return all(
            room_of(storage, part, first) == room_of(storage, part, last)
            for storage in self.architecture.storages
            for part in storage.compartments
        )

    def _line(self, tensor: str, rest: Data) -> list[Segment]:
        """The segments of the whole line from 0 to 1."""
        key = tensor, told_of(rest.with_density(tensor, 0))
        return self._segments.recall(key, lambda: self._between(tensor, rest, 0.0, 1.0))

    def _between(self, tensor: str, rest: Data, low: float, high: float) -> list[Segment]:
        """The segments from one density to another."""
        at_low, at_high = (self._best(rest.with_density(tensor, end)) for end in (low, high))
        for one, other, end in ((at_low, at_high, high), (at_high, at_low, low)):
            data = rest.with_density(tensor, end)
            if self._energy(one, data) <= self._energy(other, data) * exact(1 + EQUAL):
                return [Segment(high=high, candidates=(one,))]
        crossing = self._crossing(tensor, rest, (low, at_low), (high, at_high))
        data = rest.with_density(tensor, crossing)
        known = min(self._energy(one, data) for one in (at_low, at_high))
        if known <= self._least(data) * exact(1 + EQUAL):
            return [
                Segment(high=crossing - CLOSE, candidates=(at_low,)),
                Segment(high=crossing, candidates=(at_low, at_high)),
                Segment(high=high, candidates=(at_high,)),
            ]
        return [
            *self._between(tensor, rest, low, crossing),
            *self._between(tensor, rest, crossing, high),
        ]

    def _crossing(
        self,
        tensor: str,
        rest: Data,
        lower: tuple[float, Candidate],
        upper: tuple[float, Candidate],
    ) -> float:
        """Return the density at which one mapping begins to cost more than the other.

        `lower` has the mapping that is better at its density, `upper` the one that is better above.
        """
        (low, below), (high, above) = lower, upper
        while high - low > CLOSE:
            middle = (low + high) / 2
            data = rest.with_density(tensor, middle)
            if self._energy(below, data) <= self._energy(above, data):
                low = middle
            else:
                high = middle
        return high

    def _energy(self, candidate: Candidate, data: Data) -> Fraction:
        if not self.architecture.static:
            return self._prices.energy(candidate.traffics, data)
        layer = replace(self.layer, data=data)
        return price(self.architecture, candidate.counts, candidate.traffics, layer).energy

    def _level(self, data: Data) -> Data:
        """The data whose best mapping is taken for these."""
        if self.levels is None:
            return data
        densities = {name: _raised(float(data.density(name)), self.levels) for name in TENSORS}
        return Data(densities=densities, bits=data.bits)

    def _best(self, data: Data) -> Candidate:
        """The best mapping, searched where it is not known."""
        data = self._level(data)
        return self._found.recall(told_of(data), lambda: self._search(data))

    def _search(self, data: Data) -> Candidate:
        layer = replace(self.layer, data=data)
        (found,) = solve(self.architecture, [layer], self.options, cache=self.cache)
        if isinstance(found, NoMapping):
            raise found
        return Candidate(
            nest=found.price.nest, counts=found.price.counts, traffics=found.price.words
        )


def _raised(density: float, levels: int) -> float:
    """The next density above, or this one, that is 0 or a power of 2^(1/levels).

    >>> [_raised(density, 1) for density in (0.0, 0.3, 0.5, 1.0)]
    [0.0, 0.5, 0.5, 1.0]
    """
    return 2.0 ** (ceil(levels * log2(density) - ROUNDING) / levels) if density else 0.0
