"""What `hwsim explain` has to say: a simulated layer, and what changes would make of it."""

from dataclasses import dataclass

from hwsim.explanation.change import Change
from hwsim.explanation.effect import Effect
from hwsim.result import LayerResult, Result
from hwsim.vocabulary import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The result of one layer, and the `effects` of those `changes` that were tried."""

    result: Result
    objective: Objective
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.result.layers) == 1
        assert len(self.effects) <= len(self.changes)

    @property
    def layer(self) -> LayerResult:
        """The layer that is explained."""
        return self.result.layers[0]

    @property
    def proven(self) -> bool:
        """Whether every mapping behind these numbers is proven to be the best, or was given."""
        here = self.layer.proven or not self.layer.derived
        return here and all(effect.proven for effect in self.effects)
