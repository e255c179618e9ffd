"""What a method has to answer, whose name a recipe says as `method:`."""

from abc import ABC, abstractmethod
from typing import Final

from prune.lists import Listed
from prune.run.bench import Bench
from prune.run.outcome import Stage

#: Rounds to an accuracy at most, where nothing is said.
ROUNDS_TO_ACCURACY: Final = 12


class Method(Listed, ABC):
    """A way to prune in rounds: to an accuracy, and to an energy. Extend it for one of your own."""

    #: Whether it measures what every layer loses in the network as it was given.
    measures_losses: bool = False

    @abstractmethod
    def round(self, bench: Bench, start: Stage, severity: float, name: str) -> Stage:
        """Prune in one round, which is then judged; one that failed is tried again less severe.

        `severity` is 1, or less.
        """

    @abstractmethod
    def approach(self, bench: Bench, before: Stage, budget: float) -> list[Stage]:
        """Prune in rounds of ever less energy, and return their stages, `before` being the first.

        The last one is in the budget's last half per cent, or above it, or not worth another.
        """
