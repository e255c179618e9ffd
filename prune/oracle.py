"""What the layers of a network contain to what they cost on a chip, and which of them cost most."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike

from hwsim.architecture.architecture import Architecture
from hwsim.cache import user_cache
from hwsim.oracle import Oracle as Exact
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.data import DENSE, Data
from hwsim.workload.network import Network
from prune.densities import Vector

#: Densities of weights that are tried besides those where the energy bends.
POINTS: Final = 25
#: A curve is straight where its middle is off a line by less than this share of its end.
STRAIGHT_WITHIN: Final = 1e-3
#: Levels of densities, for each factor of two, at which mappings are searched.
LEVELS: Final = 4
#: How often a part of a curve that bends is halved.
HALVINGS: Final = 6


class LayerOracle(Protocol):
    """What a layer costs on a chip, whatever its tensors contain, with the best mapping for it.

    Densities are shares of nonzeros and may be arrays, broadcast together.
    """

    def energy(
        self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
    ) -> Vector:
        """The energy at each of the densities, in the architecture's unit."""
        ...


def layer_energies(
    oracles: Mapping[str, LayerOracle], contents: Mapping[str, Data] | None = None
) -> dict[str, float]:
    """The energy of every layer with these contents; what is not said is dense."""
    contents = contents or {}
    return {
        name: float(curve(oracle, contents.get(name, DENSE))) for name, oracle in oracles.items()
    }


def curve(oracle: LayerOracle, data: Data, weights: ArrayLike | None = None) -> Vector:
    """Return the energy of a layer at densities of its weights, or at its own density.

    Inputs and outputs are as they are.
    """
    return np.asarray(
        oracle.energy(
            weights=float(data.density(WEIGHTS)) if weights is None else weights,
            inputs=float(data.density(INPUTS)),
            outputs=float(data.density(OUTPUTS)),
        )
    )


def ranked(by_name: Mapping[str, float], names: Iterable[str]) -> list[str]:
    """Return the names by energy, the most first; those of equal energies in their order."""
    return sorted(names, key=lambda name: -by_name[name])


def grid(
    oracle: LayerOracle, data: Data, lowest: float, whole: Callable[[Vector], Vector]
) -> Vector:
    """Densities from the lowest to 1 to choose among, of those that `whole` rounds down to.

    Each is a step times the one before, and there are more where the energy bends or jumps, as
    where a tile begins to fit a buffer: there lie the densities that are worth their energy.
    """
    densities = whole(np.geomspace(lowest, 1.0, POINTS))
    for _ in range(HALVINGS):
        middles = (densities[1:] + densities[:-1]) / 2
        ends = curve(oracle, data, densities)
        off = np.abs(curve(oracle, data, middles) - (ends[1:] + ends[:-1]) / 2)
        bent = middles[off > STRAIGHT_WITHIN * ends.max()]
        if not bent.size:
            break
        densities = np.union1d(densities, whole(bent))
    return densities


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An oracle that is asked no question twice."""

    oracle: LayerOracle
    known: dict[tuple[float, float, float], float] = field(default_factory=dict)

    def energy(
        self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
    ) -> Vector:
        """The energy at each of the densities, in the architecture's unit."""
        asked = np.broadcast_arrays(*(np.asarray(of, float) for of in (weights, inputs, outputs)))
        points = list(zip(*(axis.reshape(-1).tolist() for axis in asked), strict=True))
        missing = list(dict.fromkeys(point for point in points if point not in self.known))
        if missing:
            axes = np.array(missing).T
            found = self.oracle.energy(weights=axes[0], inputs=axes[1], outputs=axes[2])
            self.known.update(zip(missing, found.tolist(), strict=True))
        return np.array([self.known[point] for point in points]).reshape(asked[0].shape)


def oracles(
    chip: Architecture, network: Network, levels: int | None = LEVELS
) -> dict[str, LayerOracle]:
    """An oracle for every priced layer of the network; layers of one shape share theirs.

    Without `levels` it is exact, and slower where many densities are asked for.
    """
    shared: dict[str, Remembered] = {}
    found = dict[str, LayerOracle]()
    for layer in network.layers:
        plain = replace(layer, name="", data=DENSE)
        exact = Exact(architecture=chip, layer=plain, cache=user_cache(), levels=levels)
        found[layer.name] = shared.setdefault(repr(plain), Remembered(oracle=exact))
    return found
