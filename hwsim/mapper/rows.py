"""The tilings of a group of dimensions, all combinations, with what each needs and moves."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import mul

import numpy as np

from hwsim.accesses.order import Span
from hwsim.accesses.turnover import turnovers
from hwsim.accesses.walk import Integers, Slot, Walk
from hwsim.architecture.architecture import Architecture, Link
from hwsim.mapper.room import Floats, footprints, instances
from hwsim.mapper.tilings import Part
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a group contributes to the words of a link, by class of moves and row: what it holds,
    what of it was kept, what is fresh; and which classes keep any, or have any fresh.
    """

    now: Integers
    kept: Integers
    fresh: Integers
    keeps: list[bool]
    changes: list[bool]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Rows:
    """All combinations of the tilings of a group's dimensions, one a row, and what they need.

    The shares are remembered: many orders of loops are alike for one group.
    """

    layer: Layer
    walks: Mapping[str, Walk]
    words: Floats
    used: Floats
    steps: Floats
    _shares: dict[Hashable, Share] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.words)

    def share(self, link: Link, span: Span, reads: bool) -> Share:
        """The group's share of the words over `link`, as the parent reads or children receive."""
        own = tuple(moving if moving in self.walks else "" for moving in span.moving)
        key = (link, own, reads)
        if key not in self._shares:
            self._shares[key] = self._share(link, span, reads)
        return self._shares[key]

    def _share(self, link: Link, span: Span, reads: bool) -> Share:
        parts = turnovers(self.layer, link.tensor, span, self.walks)
        now = reduce(mul, (part.read if reads else part.received for part in parts))
        kept = reduce(mul, (part.read_kept if reads else part.received_kept for part in parts))
        fresh = now - kept
        return Share(
            now=now,
            kept=kept,
            fresh=fresh,
            keeps=[bool(row.any()) for row in kept],
            changes=[bool(row.any()) for row in fresh],
        )


def rows_of(architecture: Architecture, layer: Layer, group: tuple[Part, ...]) -> Rows:
    """All combinations of the tilings of the parts."""
    index = np.indices([len(part.walk.tiles) for part in group]).reshape(len(group), -1)
    walks = {
        part.dimension: Walk(bound=part.walk.bound, tiles=part.walk.tiles[row])
        for part, row in zip(group, index, strict=True)
    }
    places = {part.dimension: part.places for part in group}
    return Rows(
        layer=layer,
        walks=walks,
        words=footprints(architecture, layer, places, walks),
        used=instances(architecture, places, walks),
        steps=_steps(architecture, places, walks),
    )


def _steps(
    architecture: Architecture, places: Mapping[str, tuple[int, ...]], walks: Mapping[str, Walk]
) -> Floats:
    """The group's factor of the steps in time, by row."""
    steps = np.ones(len(next(iter(walks.values())).tiles))
    for name, walk in walks.items():
        spatial = [architecture.places[at].spatial for at in places[name]]
        slots = [Slot.FIRST if in_space else Slot.TIME for in_space in spatial]
        steps = steps * walk.shown(slots, len(slots)).active
    return steps
