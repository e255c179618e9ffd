"""A nest to its loops as they run: over which extent, in how many steps, how much in the last."""

from dataclasses import dataclass

from hwsim.architecture.architecture import Architecture
from hwsim.mapping.nest import Nest, run_by
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A loop over `extent`, the largest tile that encloses it, in steps of `tile`.

    Where the enclosing tile is a smaller one, the loop ends earlier.
    """

    dimension: str
    extent: int
    tile: int
    spatial: bool

    @property
    def steps(self) -> int:
        """The steps that it takes; in space, the instances that take one each."""
        return -(-self.extent // self.tile)

    @property
    def last(self) -> int:
        """What is left for the last step.

        >>> Run(dimension="P", extent=27, tile=14, spatial=False).last
        13
        """
        return self.extent - (self.steps - 1) * self.tile


def runs(architecture: Architecture, layer: Layer, nest: Nest) -> dict[str, tuple[Run, ...]]:
    """For every place, in order, its loops of more than one step, outermost first."""
    extents = dict(run_by(nest, layer).bounds)
    found = {}
    for place in architecture.places:
        here = []
        for loop in nest.loops_at[place.name]:
            tile = min(loop.tile, extents[loop.dimension])
            run = Run(
                dimension=loop.dimension,
                extent=extents[loop.dimension],
                tile=tile,
                spatial=place.spatial,
            )
            extents[loop.dimension] = tile
            if run.steps > 1:
                here.append(run)
        found[place.name] = tuple(here)
    return found
