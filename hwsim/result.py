"""What a simulation yields: for every layer its mapping, its counts and its cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import add

from hwsim.accesses import Counts
from hwsim.accesses.traffic import Accesses
from hwsim.architecture.architecture import Architecture
from hwsim.cost import Cost
from hwsim.cost.moved import Moved
from hwsim.mapper import Certificate
from hwsim.mapping.nest import Nest
from hwsim.sparsity.stored import Stored
from hwsim.vocabulary import Objective
from hwsim.within import ANYTHING, Within
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, tallied


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LayerResult:
    """A simulated layer.

    `accesses[component][tensor]` are in words, and `moved` are the bits that zeros and formats
    leave of them. Both are of all runs, all groups and the whole batch together. The `nest` is of
    one run, and so is `stored`, the tensors as they lie at home.

    `macs_charged` are the MACs that cost energy in spite of zeros, and `macs_timed` those that take
    time. `active_pes` is the largest number of MACs at work in one step; the array has
    `macs_per_cycle`. `certificate` says what is known of a mapping that hwsim chose; it is None
    where the mapping was given.
    """

    layer: Layer
    nest: Nest
    certificate: Certificate | None
    counts: Counts
    accesses: Mapping[str, Mapping[str, Accesses]]
    moved: Mapping[str, Mapping[str, Moved]]
    stored: Mapping[str, Stored]
    macs_charged: Fraction
    macs_timed: Fraction
    cost: Cost
    active_pes: int
    macs_per_cycle: int
    cycles_per_mac: int = 1

    def __repr__(self) -> str:
        done = f"energy {self.energy:.4g}, {self.cycles} cycles, {self.utilization:.1%} utilized"
        return f"<LayerResult {self.name}: {done}>"

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def derived(self) -> bool:
        """Whether hwsim chose the mapping."""
        return self.certificate is not None

    @property
    def proven(self) -> bool:
        """Whether hwsim showed that no mapping of the declared space is better."""
        return self.certificate is not None and self.certificate.proven

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
        """The MACs that were done, as a share of what the array can do in the layer's cycles."""
        at_work = self.macs_timed * self.cycles_per_mac
        return float(at_work / (self.cost.cycles * self.macs_per_cycle))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is known of mappings that were chosen together, as the best within limits of their sum.

    No choice within the limits has a lower value than `lower_bound`, both as the `objective` has it
    of the energy and the cycles of all layers together.
    """

    objective: Objective
    value: float
    lower_bound: float

    @property
    def proven(self) -> bool:
        """Whether no other choice is better."""
        return self.lower_bound >= self.value

    @property
    def gap(self) -> float:
        """How much lower the best value may be, as a share of the one found."""
        return 0.0 if self.proven else 1 - self.lower_bound / self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """A simulated network on an architecture, `within` limits if any were said.

    `unmapped` has the layers without a mapping, and why. They are in no sum. `choice` says what is
    known of mappings that were chosen together, because of a limit of their sum.
    """

    architecture: Architecture
    network: Network
    layers: tuple[LayerResult, ...]
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: Within = ANYTHING
    choice: Choice | None = None

    def __repr__(self) -> str:
        what = f"{self.architecture.name}, {self.network.name}, batch {self.network.batch}"
        layers = f"{len(self.layers)} layer{'s' if len(self.layers) > 1 else ''}"
        energy = f"{self.energy:.4g} {self.architecture.energy_unit}"
        lacking = f"; missing {tallied(self.network.missing)}" if self.network.missing else ""
        return f"<Result {what}: {layers}, {energy}, {self.cycles} cycles{lacking}>"

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
        return sum(layer.cost.cycles for layer in self.layers)

    @property
    def proven(self) -> bool:
        """Whether every mapping that hwsim chose is proven, and their choice together is."""
        alone = all(layer.proven or not layer.derived for layer in self.layers)
        return alone and (self.choice is None or self.choice.proven)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the simulated layers."""
        return sum(layer.layer.macs for layer in self.layers)

    @property
    def utilization(self) -> float:
        """The MACs that were done, as a share of what the array can do in all cycles."""
        done = sum((layer.macs_timed for layer in self.layers), Fraction(0))
        at_work = done * self.architecture.compute.cycles_per_mac
        return float(at_work / (self.cycles * self.architecture.macs_per_cycle))
