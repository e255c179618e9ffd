"""What stays the same while a network is pruned, and where a network on its way stands."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from hwsim.architecture.architecture import Architecture
from hwsim.vocabulary import WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.network import Network
from prune.network.calibration import Sampling, Targets, targets
from prune.network.evaluate import Evaluation, evaluate
from prune.oracle import Oracle, energies
from prune.run.journal import Journal, Kept
from prune.run.progress import Progress, Silent
from prune.settings import AlwaysMet, Goal, Rule, Settings

#: The tensors of a network by the keys of its `state_dict`.
State = Mapping[str, Tensor]
#: By layer, what its tensors contain when the network that runs sees some images.
Measure = Callable[[], Mapping[str, Data]]

#: Images that run at a time where nothing is learned.
AT_A_TIME: Final = 100


def said(data: Data) -> dict[str, str]:
    """Densities as JSON can say them, exactly.

    >>> said(Data(densities={"weights": Fraction(1, 3)}))
    {'weights': '1/3'}
    """
    return {tensor: str(data.density(tensor)) for tensor in data.densities}


def read(densities: Mapping[str, str]) -> Data:
    """What `said` said."""
    return Data(densities={tensor: Fraction(text) for tensor, text in densities.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was measured of a network on the held-out images: its loss in nats, the contents of its
    layers, and what they cost.
    """

    loss: float
    contents: Mapping[str, Data]
    energies: Mapping[str, float]

    @property
    def energy(self) -> float:
        """The energy of all layers, in the architecture's unit."""
        return sum(self.energies.values())

    def density(self, layer: str) -> float:
        """The share of the layer's weights that are not zero."""
        return float(self.contents[layer].density(WEIGHTS))

    def facts(self) -> dict[str, Any]:
        """The same for JSON."""
        contents = {name: said(data) for name, data in self.contents.items()}
        return {"loss": self.loss, "contents": contents, "energies": dict(self.energies)}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Seen":
        """What `facts` said."""
        contents = {name: read(text) for name, text in facts["contents"].items()}
        return cls(loss=facts["loss"], contents=contents, energies=facts["energies"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Position:
    """A network on its way: its tensors, and what was seen of it."""

    state: State
    seen: Seen

    def kept(self, **facts: object) -> Kept:
        """The position as what a step gives."""
        return Kept(tensors=self.state, facts={"seen": self.seen.facts(), **facts})

    def with_(self, kept: Kept) -> "Position":
        """The position after a step that gave some of the tensors."""
        return Position(state={**self.state, **kept.tensors}, seen=Seen.of(kept.facts["seen"]))

    @classmethod
    def of(cls, kept: Kept) -> "Position":
        """The position that a step gave."""
        return cls(state=kept.tensors, seen=Seen.of(kept.facts["seen"]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Bench:
    """All that a run works with.

    `dense` is the network as it was given, of so many `classes`, whose outputs layers are solved to
    give; `work` is one like it, which runs with whatever tensors are asked for. `calibration` are
    batches of images on which layers are solved, `held` images and labels on which choices are
    judged, `train` those that fine-tune, and `validation` those on which accuracy is judged.
    `oracles` has every priced layer, and `exact` the same to price a network only now and then;
    `rules` those that can be pruned, and `nonzero`, by the keys of their weights, where these may
    be other than zero: where they were in the network as it was given. `left` are the layers that
    stay as they are, and why. `measure` runs `work` on held images.
    """

    dense: nn.Module
    work: nn.Module
    network: Network
    classes: int
    chip: Architecture
    oracles: Mapping[str, Oracle]
    exact: Mapping[str, Oracle]
    rules: Mapping[str, Rule]
    nonzero: Mapping[str, Tensor]
    left: Mapping[str, str]
    settings: Settings
    calibration: Sequence[Tensor]
    held: Dataset[Any]
    train: Dataset[Any]
    validation: Dataset[Any]
    measure: Measure
    journal: Journal = field(default_factory=Journal)
    progress: Progress = field(default_factory=Silent)

    @property
    def sampling(self) -> Sampling:
        """How layers' inputs and outputs are sampled, always at the same positions."""
        images = sum(len(batch) for batch in self.calibration)
        return Sampling(images=images, seed=seeded(self.settings.seed, "calibration"))

    @cached_property
    def targets(self) -> Targets:
        """What every layer that may be pruned gives in the dense network."""
        return targets(self.dense, self.prunable, self.calibration, self.sampling)

    @cached_property
    def given(self) -> Mapping[str, float]:
        """The density of each layer that can be pruned in the network as it was given."""
        masks = {layer: self.nonzero[weight_of(layer)] for layer in self.rules}
        return {layer: int(mask.sum()) / mask.numel() for layer, mask in masks.items()}

    @property
    def prunable(self) -> list[str]:
        """The layers that may be pruned, in the order of computing."""
        return [name for name in self.oracles if name in self.rules and self.rules[name].prune]

    def check_goal(self, goal: Goal) -> None:
        """Raise `AlwaysMet` where a class is to be among the first five, and there are no more."""
        if goal.rank == 5 and self.classes <= 5:
            raise AlwaysMet(self.classes)

    def running(self, state: State) -> nn.Module:
        """A network with these tensors; the same one, with others, at the next call."""
        self.work.load_state_dict(state)
        return self.work.eval()

    def keeping(self, state: State) -> "Bench":
        """The bench whose layers are solved to give what the network with these tensors gives."""
        network = copy.deepcopy(self.dense)
        network.load_state_dict(state)
        return replace(self, dense=network)

    def start(self) -> Position:
        """The dense network."""
        return self.position({key: tensor.clone() for key, tensor in _state(self.dense).items()})

    def position(self, state: State) -> Position:
        """Where the network with these tensors stands."""
        return Position(state=state, seen=self.see(state))

    def see(self, state: State) -> Seen:
        """What there is to measure of the network with these tensors."""
        loss, contents = self.loss(state), self.contents(state)
        return Seen(loss=loss, contents=contents, energies=energies(self.oracles, contents))

    def contents(self, state: State) -> dict[str, Data]:
        """What the layers of the network with these tensors contain on the measured images."""
        self.running(state)
        return dict(self.measure())

    def loss(self, state: State) -> float:
        """The loss of the network with these tensors on the held-out images, in nats."""
        return self.evaluation(state, self.held).loss

    def evaluation(self, state: State, images: Dataset[Any]) -> Evaluation:
        """What the network with these tensors makes of labelled images."""
        loader = DataLoader(images, batch_size=AT_A_TIME)
        return evaluate(self.running(state), loader, device=self.settings.device)


def weight_of(layer: str) -> str:
    """The key of a layer's weights."""
    return f"{layer}.weight"


def _state(model: nn.Module) -> State:
    return {key: tensor.detach() for key, tensor in model.state_dict().items()}


def seeded(seed: int, step: str) -> int:
    """A seed for a step of a run, the same whatever was done before it."""
    return int.from_bytes(sha256(f"{seed}/{step}".encode()).digest()[:4])
