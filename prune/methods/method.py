"""What a method has to answer, whose name a recipe says as `method:`."""

from typing import Final, Protocol

from prune.run.bench import Bench
from prune.run.outcome import Stage

#: Rounds to an accuracy at most, where nothing is said.
ROUNDS_TO_ACCURACY: Final = 12


class Method(Protocol):
    """A way to prune in rounds: to an accuracy, and to an energy."""

    @property
    def measures_losses(self) -> bool:
        """Whether it measures what every layer loses in the network as it was given."""
        ...

    def round(self, bench: Bench, start: Stage, severity: float, name: str) -> Stage:
        """One round, whose accuracy is then judged; one that failed is tried again less severe.

        `severity` is 1, or less.
        """
        ...

    def approach(self, bench: Bench, before: Stage, budget: float) -> list[Stage]:
        """Rounds of ever less energy from the network before, which is the first of them; the last
        is in the budget's last half per cent or above it, or not worth another.
        """
        ...
