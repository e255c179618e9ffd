"""What a search is asked for."""

from dataclasses import dataclass
from fractions import Fraction

from hwsim.vocabulary import SECONDS, Objective, Tiles

#: Energies that agree to so small a share are equal: sums of floats, and figures that were printed.
ROUNDED = Fraction(1, 10**11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a mapping may cost at most: `energy` in the architecture's unit, and `cycles`; None is
    anything.
    """

    energy: float | None = None
    cycles: int | None = None

    def tighter(self, other: "Limits") -> "Limits":
        """The limits of both."""
        energies = [it.energy for it in (self, other) if it.energy is not None]
        cycles = [it.cycles for it in (self, other) if it.cycles is not None]
        return Limits(energy=min(energies, default=None), cycles=min(cycles, default=None))

    def of_one(self, times: int) -> "Limits":
        """The limits of one of so many equal runs."""
        return Limits(
            energy=None if self.energy is None else self.energy / times,
            cycles=None if self.cycles is None else self.cycles // times,
        )

    def of_all(self, times: int) -> "Limits":
        """The limits of so many runs."""
        return Limits(
            energy=None if self.energy is None else self.energy * times,
            cycles=None if self.cycles is None else self.cycles * times,
        )

    def met(self, energy: Fraction, cycles: int) -> bool:
        """Whether these are within the limits."""
        spends = self.energy is None or energy <= Fraction(self.energy) * (1 + ROUNDED)
        return spends and (self.cycles is None or cycles <= self.cycles)


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a search for mappings is to find, where it looks, and when it ends without a proof.

    It looks for the least `objective` (energy, cycles or edp) among the `tiles` of these sizes
    (divisors, balanced or any) that is `within` limits of one run of a layer. It ends after `limit`
    priced candidates of a layer or after `seconds`; None is never.
    """

    objective: Objective = Objective.energy
    tiles: Tiles = Tiles.balanced
    within: Limits = NO_LIMITS
    limit: int | None = None
    seconds: float | None = SECONDS
