"""Layers to their fronts: the mappings than which none has less energy in as few cycles."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.mapper import Limits, NoMapping, Options, Tell
from hwsim.mapper.options import ROUNDED
from hwsim.solve import Solved, solve
from hwsim.vocabulary import Objective
from hwsim.workload.layer import Layer

#: Steps of a layer, each a search of its own. Fronts of the shelf have up to seven.
MOST_STEPS = 1000
#: An energy and cycles that all mappings of a kind have at least.
Corner = tuple[float, int]


@dataclass(slots=True, kw_only=True)
class Descent:
    """The front of a layer as far as it is known: `found` mappings of all its runs. Every mapping
    has the energy and the cycles of one of the `corners`, or more.

    It begins with the `fastest` mapping. Then each step finds the one of least energy in fewer
    cycles than the last has; it ends where none is faster. So nothing lies between two of them.
    """

    layer: Layer
    fastest: Solved
    asked: Options
    found: list[Solved] = field(default_factory=list)
    corners: list[Corner] = field(default_factory=list)
    done: bool = False

    def take(self, step: Solved | NoMapping) -> None:
        """Go on from what was found by what was asked for."""
        if isinstance(step, NoMapping):
            self._end()
            return
        cycles = step.price.cost.cycles // self.layer.times
        fewer = min(cycles - 1, floor(cycles * (1 - 2 * ROUNDED)))
        self.found.append(step)
        self.corners.append((step.certificate.lower_bound, (fewer + 1) * self.layer.times))
        self.asked = replace(self.asked, within=replace(self.asked.within, cycles=fewer))
        if step.price.cost.cycles <= self._fewest or len(self.found) >= MOST_STEPS:
            self._end()

    @property
    def front(self) -> list[Solved]:
        """The mappings of rising energies and falling cycles."""
        kept = list[Solved]()
        for one in sorted(self.found, key=_figures):
            if not kept or one.price.cost.cycles < kept[-1].price.cost.cycles:
                kept.append(one)
        return kept

    @property
    def proven(self) -> bool:
        """Whether the front is all that there is: each step is proven, and the fastest was met."""
        met = self.found[-2].price.cost.cycles == self._fewest if len(self.found) > 1 else False
        return met and all(one.certificate.proven for one in self.found)

    @property
    def _fewest(self) -> int:
        return self.fastest.price.cost.cycles

    def _end(self) -> None:
        """Look for no more: what is faster than all steps has the energy of the last at least, and
        no fewer cycles than the bound of the fastest.
        """
        fewest = floor(self.fastest.certificate.lower_bound)
        energy, cycles = self.corners[-1] if self.corners else (0.0, fewest + 1)
        if fewest < cycles:
            self.corners.append((energy, fewest))
        self.found.append(self.fastest)
        self.done = True


def _figures(one: Solved) -> tuple[Fraction, int]:
    return one.price.cost.energy, one.price.cost.cycles


def descents(
    architecture: Architecture,
    layers: Sequence[Layer],
    limits: Sequence[Limits],
    options: Options,
    *,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> list[Descent | NoMapping]:
    """Return the front of each layer within limits of one run, or why it has no mapping.

    The next steps of all layers are searched side by side, `jobs` at a time.
    """
    least = replace(options, objective=Objective.energy)
    asked = [replace(options, objective=Objective.cycles, within=within) for within in limits]
    fastest = solve(architecture, layers, asked, jobs, cache, tell)
    made = [
        found
        if isinstance(found, NoMapping)
        else Descent(layer=layer, fastest=found, asked=replace(least, within=within))
        for layer, found, within in zip(layers, fastest, limits, strict=True)
    ]
    while going := [one for one in made if isinstance(one, Descent) and not one.done]:
        asked = [one.asked for one in going]
        steps = solve(architecture, [one.layer for one in going], asked, jobs, cache, tell)
        for one, step in zip(going, steps, strict=True):
            one.take(step)
    return made
