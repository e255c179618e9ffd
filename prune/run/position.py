"""A network on its way: its tensors, and what was measured of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from torch import Tensor

from hwsim.vocabulary import WEIGHTS
from hwsim.workload.data import Data
from prune.network.evaluate import Evaluation
from prune.run.journal import Kept

#: The tensors of a network by the keys of its `state_dict`.
State = Mapping[str, Tensor]


def weight_of(layer: str) -> str:
    """The key of a layer's weights."""
    return f"{layer}.weight"


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

    def facts(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)

    def top(self, rank: int) -> float:
        """The share of images whose class was among the first `rank`, 1 or 5."""
        return self.top1 if rank == 1 else self.top5


def densities_said(data: Data) -> dict[str, str]:
    """Densities as JSON can say them, exactly.

    >>> densities_said(Data(densities={"weights": Fraction(1, 3)}))
    {'weights': '1/3'}
    """
    return {tensor: str(data.density(tensor)) for tensor in data.densities}


def densities_read(densities: Mapping[str, str]) -> Data:
    """What `densities_said` said."""
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
        contents = {name: densities_said(data) for name, data in self.contents.items()}
        return {"loss": self.loss, "contents": contents, "energies": dict(self.energies)}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Seen":
        """What `facts` said."""
        contents = {name: densities_read(text) for name, text in facts["contents"].items()}
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
