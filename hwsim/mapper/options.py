"""What a search is asked for."""

from dataclasses import dataclass

from hwsim.vocabulary import Objective, Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is minimised, which tile sizes are tried, and after how many priced candidates a search
    may end without a proof; None: never.
    """

    objective: Objective = Objective.energy
    tiles: Tiles = Tiles.balanced
    limit: int | None = None
