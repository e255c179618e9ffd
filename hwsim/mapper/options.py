"""What a search is asked for."""

from dataclasses import dataclass

from hwsim.vocabulary import SECONDS, Objective, Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is minimised, which tile sizes are tried, and after how many priced candidates or after
    how many seconds a layer's search ends without a proof; None: never.
    """

    objective: Objective = Objective.energy
    tiles: Tiles = Tiles.balanced
    limit: int | None = None
    seconds: float | None = SECONDS
