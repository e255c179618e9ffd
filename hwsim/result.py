"""What a simulation yields: for every layer its mapping, its counts and its cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

from hwsim.accesses import Counts
from hwsim.accesses.traffic import Accesses
from hwsim.architecture.architecture import Architecture
from hwsim.cost import Cost
from hwsim.mapping.nest import Nest
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LayerResult:
    """A simulated layer.

    `accesses[component][tensor]` are words for the whole batch, all groups together. `derived`
    says whether hwsim chose the mapping, `proven` whether no mapping of the declared space needs
    less energy. `active_pes` is the most MACs at work in one step, `macs_per_cycle` those that the
    array has.
    """

    layer: Layer
    nest: Nest
    derived: bool
    proven: bool
    counts: Counts
    accesses: Mapping[str, Mapping[str, Accesses]]
    cost: Cost
    active_pes: int
    macs_per_cycle: int

    def __repr__(self) -> str:
        done = f"energy {self.energy:.4g}, {self.cycles} cycles, {self.utilization:.1%} utilized"
        return f"<LayerResult {self.name}: {done}>"

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def energy(self) -> float:
        """The layer's energy, in the architecture's unit."""
        return float(self.cost.energy)

    @property
    def cycles(self) -> int:
        """Cycles that the layer takes."""
        return self.cost.cycles

    @property
    def utilization(self) -> float:
        """MACs done as a share of those that the array could have done in these cycles."""
        return self.layer.macs / (self.cost.cycles * self.macs_per_cycle)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """A simulated network on an architecture."""

    architecture: Architecture
    network: Network
    layers: tuple[LayerResult, ...]

    def __repr__(self) -> str:
        what = f"{self.architecture.name}, {self.network.name}, batch {self.network.batch}"
        layers = f"{len(self.layers)} layer{'s' if len(self.layers) > 1 else ''}"
        energy = f"{self.energy:.4g} {self.architecture.energy_unit}"
        return f"<Result {what}: {layers}, {energy}, {self.cycles} cycles>"

    @property
    def cost(self) -> Cost:
        """The cost of all simulated layers together."""
        return reduce(add, (layer.cost for layer in self.layers))

    @property
    def energy(self) -> float:
        """The energy of all simulated layers, in the architecture's unit."""
        return float(self.cost.energy)

    @property
    def cycles(self) -> int:
        """Cycles that the simulated layers take one after the other."""
        return self.cost.cycles

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the simulated layers."""
        return sum(layer.layer.macs for layer in self.layers)

    @property
    def utilization(self) -> float:
        """MACs done as a share of those that the array could have done in all cycles."""
        return self.macs / (self.cycles * self.architecture.macs_per_cycle)
