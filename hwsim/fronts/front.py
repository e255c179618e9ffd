"""What is known of the energy and the cycles that a network can have: the front of all layers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import inf

import numpy as np

from hwsim.architecture.architecture import Architecture
from hwsim.fronts.reach import out_of_reach
from hwsim.fronts.stairs import Stairs, gap, stairs, summed
from hwsim.fronts.steps import Corner
from hwsim.mapper import Limits, OutOfReach
from hwsim.result import Choice, LayerResult, Result
from hwsim.vocabulary import Objective
from hwsim.within import ANYTHING, BadLimit, Within, WithinSaid, busy_cycles
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LayerFront:
    """The front of a layer: its `points`, of rising energies and falling cycles.

    Every mapping of the layer has the energy and the cycles of one of its `corners`, or more. Where
    all is proven, or the mapping is given, the corners are the points, and none are said.
    """

    points: tuple[LayerResult, ...]
    corners: tuple[Corner, ...] = ()

    def __repr__(self) -> str:
        return f"<LayerFront {self.name}: {len(self.points)} points>"

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.points[0].name

    @property
    def stairs(self) -> Stairs:
        """The points as numbers."""
        return stairs([(each.energy, each.cycles) for each in self.points])

    @property
    def below(self) -> Stairs:
        """Numbers that no mapping is below."""
        return stairs(self.corners) if self.corners else self.stairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A mapping for each layer: what they cost together, and by the layers' names the numbers of
    the points of their fronts, from 0 on.
    """

    energy: Fraction
    cycles: int
    picks: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, repr=False)
class Front:
    """The front of a network: its points, of rising energies and falling cycles. Each is a mapping
    for each layer, `within` limits of the layers; no other choice has less of one and no more of
    the other.

    `unmapped` has the layers without a mapping, and why. They are in no sum.
    """

    architecture: Architecture
    network: Network
    layers: tuple[LayerFront, ...]
    unmapped: Mapping[str, tuple[str, ...]]
    within: Within = ANYTHING

    def __repr__(self) -> str:
        what = f"{self.architecture.name}, {self.network.name}, batch {self.network.batch}"
        return f"<Front {what}: {len(self)} points>"

    def __post_init__(self) -> None:
        if not len(self.stairs):
            raise self._out_of_reach(self.total)

    def __len__(self) -> int:
        return len(self.stairs)

    def __iter__(self) -> Iterator[Point]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Point:
        chosen = self._chosen(number)
        return Point(
            energy=sum((each.cost.energy for each in chosen), Fraction(0)),
            cycles=sum(each.cycles for each in chosen),
            picks={
                layer.name: int(pick)
                for layer, pick in zip(self.layers, self.stairs.picks[number], strict=True)
            },
        )

    @cached_property
    def total(self) -> Limits:
        """The limits of the sum of all layers."""
        return self.within.of_total(self.architecture, self._layers)

    @cached_property
    def stairs(self) -> Stairs:
        """The points as numbers."""
        return self._every.within(self.total)

    @cached_property
    def below(self) -> Stairs:
        """Numbers that no choice of mappings is below."""
        if self.proven:
            return self.stairs
        return summed([layer.below for layer in self.layers], below=True).within(self.total)

    @property
    def proven(self) -> bool:
        """Whether no choice of mappings is below the front."""
        return self.stairs.whole and not any(layer.corners for layer in self.layers)

    @property
    def gap(self) -> float:
        """The most that a choice may have less than every point, of its energy and its cycles
        alike, as a share of the point's.
        """
        return 0.0 if self.proven else gap(self.stairs, self.below)

    def utilization(self, point: Point) -> float:
        """The MACs that were done, as a share of what the array can do in the point's cycles."""
        return float(busy_cycles(self.architecture, self._layers) / point.cycles)

    def result(self, number: int) -> Result:
        """The network at a point of the front."""
        return Result(
            architecture=self.architecture,
            network=self.network,
            layers=self._chosen(number),
            unmapped=self.unmapped,
            within=self.within,
        )

    def best(self, objective: str = Objective.energy, within: WithinSaid = ()) -> Result:
        """The network at the point of least `objective`, within more limits of the sum.

        What is least rises with energy and with cycles, so no choice of mappings is better. Raises
        `NoMapping` where no point is within the limits.
        """
        goal, more = Objective(objective), Within.said(within)
        if own := [limit for limit in more.limits if limit.layers]:
            raise BadLimit(tuple(f"within {limit}: a front is of the sum" for limit in own))
        limits = self.total.tighter(more.of_total(self.architecture, self._layers))
        values = self.stairs.values(goal, limits)
        number = int(np.lexsort((self.stairs.energies, values))[0])
        value = float(values[number])
        if value == inf:
            raise self._out_of_reach(limits)
        bound = value if self.proven else float(self.below.values(goal, limits).min())
        return replace(
            self.result(number),
            within=Within(limits=(*self.within.limits, *more.limits)),
            choice=Choice(objective=goal, value=value, lower_bound=min(bound, value)),
        )

    @cached_property
    def _every(self) -> Stairs:
        return summed([layer.stairs for layer in self.layers])

    @property
    def _layers(self) -> list[Layer]:
        return [each.points[0].layer for each in self.layers]

    def _chosen(self, number: int) -> tuple[LayerResult, ...]:
        picks = self.stairs.picks[number]
        return tuple(one.points[pick] for one, pick in zip(self.layers, picks, strict=True))

    def _out_of_reach(self, limits: Limits) -> OutOfReach:
        def least(objective: Objective, within: Limits) -> tuple[Fraction, int] | None:
            values = self._every.values(objective, within)
            at = int(values.argmin())
            if values[at] == inf:
                return None
            return Fraction(float(self._every.energies[at])), int(self._every.cycles[at])

        busy = busy_cycles(self.architecture, self._layers)
        why = out_of_reach(limits, busy, least)
        if self.proven:
            return OutOfReach({self.network.name: why})
        early = "the searches were ended early: there may be less"
        return OutOfReach({self.network.name: (*why, early)})
