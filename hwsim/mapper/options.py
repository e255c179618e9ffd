"""What a search is asked for."""

from dataclasses import dataclass

from hwsim.vocabulary import SECONDS, Objective, Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a search for mappings is to find, where it looks, and when it ends without a proof.

    It looks for the least `objective` (energy, cycles or edp) among the `tiles` of these sizes
    (divisors, balanced or any). It ends after `limit` priced candidates of a layer or after
    `seconds`; None is never.
    """

    objective: Objective = Objective.energy
    tiles: Tiles = Tiles.balanced
    limit: int | None = None
    seconds: float | None = SECONDS
