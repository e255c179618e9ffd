"""What stays the same while a network is pruned, and the network that runs."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from hwsim.architecture.architecture import Architecture
from hwsim.workload.data import Data
from hwsim.workload.network import Network
from prune.network.calibration import Sampling, Targets, targets
from prune.network.evaluate import Evaluation, evaluate
from prune.oracle import Oracle, energies
from prune.run.events import Listener, silent
from prune.run.journal import Journal
from prune.run.position import Position, Seen, State, weight_of
from prune.run.prunable import Prunable
from prune.settings import AlwaysMet, Goal, Rule, Settings

#: By layer, what its tensors contain when the network that runs sees some images.
Measure = Callable[[], Mapping[str, Data]]

#: Images that run at a time where nothing is learned.
AT_A_TIME: Final = 100


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
    tell: Listener = silent

    @property
    def sampling(self) -> Sampling:
        """How layers' inputs and outputs are sampled, always at the same positions."""
        images = sum(len(batch) for batch in self.calibration)
        return Sampling(images=images, seed=seeded(self.settings.seed, "calibration"))

    @cached_property
    def targets(self) -> Targets:
        """What every layer that may be pruned gives in the dense network."""
        return targets(self.dense, list(self.layers), self.calibration, self.sampling)

    @cached_property
    def layers(self) -> Mapping[str, Prunable]:
        """The layers that may be pruned, by name, in the order of computing."""
        rules = self.rules
        return {
            name: self._prunable(name, rules[name])
            for name in self.oracles
            if name in rules and rules[name].prune
        }

    def _prunable(self, name: str, rule: Rule) -> Prunable:
        key = weight_of(name)
        return Prunable(
            name=name,
            weights=self.dense.get_parameter(key),
            allowed=self.nonzero[key],
            groups=getattr(self.dense.get_submodule(name), "groups", 1),
            solver=rule.solver or self.settings.solver,
            asked=rule.lowest_density or self.settings.lowest_density,
            oracle=self.oracles[name],
        )

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


def _state(model: nn.Module) -> State:
    return {key: tensor.detach() for key, tensor in model.state_dict().items()}


def seeded(seed: int, step: str) -> int:
    """A seed for a step of a run, the same whatever was done before it."""
    return int.from_bytes(sha256(f"{seed}/{step}".encode()).digest()[:4])
