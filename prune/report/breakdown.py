"""What every layer of a network costs, by tensor, before and after it was pruned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hwsim import simulate
from hwsim.architecture.architecture import Architecture
from hwsim.cache import user_cache
from hwsim.cost import COMPUTE
from hwsim.vocabulary import TENSORS
from hwsim.workload.data import Data
from hwsim.workload.network import Network

#: What energy is spent on.
PARTS: Final = (*TENSORS, COMPUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Energies by layer and tensor, in the architecture's unit, of a network of these contents."""

    contents: Mapping[str, Data]
    energies: Mapping[str, Mapping[str, float]]

    def of(self, layer: str) -> float:
        """The energy of a layer."""
        return sum(self.energies[layer].values())

    def total(self, part: str | None = None) -> float:
        """The energy of all layers, or what of it is spent on a tensor or on computing."""
        wanted = PARTS if part is None else (part,)
        return sum(each.get(one, 0.0) for each in self.energies.values() for one in wanted)


def breakdown(chip: Architecture, network: Network, contents: Mapping[str, Data]) -> Breakdown:
    """The energies of the network with these contents, each layer with its best mapping."""
    result = simulate(chip, network.containing(contents), cache=user_cache())
    energies = {
        layer.name: {part: float(energy) for part, energy in layer.cost.by_tensor.items()}
        for layer in result.layers
    }
    return Breakdown(contents=contents, energies=energies)
