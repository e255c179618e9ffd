"""A network before and after a run, and between its rounds: accuracies, energies, tensors."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from torch import Tensor

from prune.network.evaluate import Evaluation
from prune.run.bench import Position, State, weight_of
from prune.run.journal import Kept
from prune.settings import Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Shares of images whose class was first, and among the first five, and the standard errors."""

    images: int
    top1: float
    top5: float
    top1_error: float
    top5_error: float

    @classmethod
    def of(cls, evaluation: Evaluation) -> "Accuracy":
        """What an evaluation comes to."""
        return cls(
            images=len(evaluation),
            top1=evaluation.top1,
            top5=evaluation.top5,
            top1_error=evaluation.standard_error(1),
            top5_error=evaluation.standard_error(5),
        )

    def top(self, rank: int) -> float:
        """The share of images whose class was among the first `rank`, 1 or 5."""
        return self.top1 if rank == 1 else self.top5


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
        return self.position.kept(accuracy=asdict(self.accuracy), steps=self.steps)

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
        rank = self.goal.rank
        return 100 * (self.before.accuracy.top(rank) - self.after.accuracy.top(rank))
