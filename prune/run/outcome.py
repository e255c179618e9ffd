"""A network before and after a run, and between its rounds: accuracies, energies, tensors."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from prune.goals import Goal
from prune.run.events import StageDone
from prune.run.journal import Kept
from prune.run.position import Accuracy, Position, State, weight_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A network at the end of a round: where it stands, its accuracy in validation, and the steps
    of fine-tuning that the round took.
    """

    name: str
    position: Position
    accuracy: Accuracy
    steps: int = 0

    @property
    def energy(self) -> float:
        """The energy of all layers, in the architecture's unit."""
        return self.position.seen.energy

    def kept(self) -> Kept:
        """The stage as what a step gives."""
        return self.position.kept(accuracy=self.accuracy.facts(), steps=self.steps)

    @property
    def done(self) -> StageDone:
        """What is told of it."""
        seen, accuracy = self.position.seen, self.accuracy
        return StageDone(step=self.name, seen=seen, accuracy=accuracy, steps=self.steps)

    @classmethod
    def of(cls, name: str, kept: Kept) -> "Stage":
        """The stage that a step gave."""
        accuracy = Accuracy(**kept.facts["accuracy"])
        position, steps = Position.of(kept), kept.facts["steps"]
        return cls(name=name, position=position, accuracy=accuracy, steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """A pruned network beside the one that was given.

    `rounds` are all that were tried, `layers` those that could be pruned, and `left` the others,
    and why.
    """

    goal: Goal
    before: Stage
    after: Stage
    rounds: tuple[Stage, ...]
    layers: tuple[str, ...]
    left: Mapping[str, str]

    @property
    def state(self) -> State:
        """The tensors of the pruned network, by the keys of the model's `state_dict`."""
        return self.after.position.state

    @property
    def masks(self) -> dict[str, Tensor]:
        """Which weights of the pruned layers are not zero, by their keys."""
        return {weight_of(layer): self.state[weight_of(layer)] != 0 for layer in self.layers}

    @property
    def share(self) -> float:
        """The energy as a share of that before."""
        return self.after.energy / self.before.energy

    @property
    def lost(self) -> float:
        """Points of validation accuracy that were lost."""
        return self.goal.yardstick.lost(self.before.accuracy, self.after.accuracy)
