"""What a search has shown: the bound it reached, and what became of every nest of its space."""

from dataclasses import dataclass, replace
from fractions import Fraction

from hwsim.mapper.options import NO_LIMITS, Limits
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import Objective, Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The space that was searched, the best value in it, and how that is known.

    No nest of the declared space that is `within` the limits has a lower value than `lower_bound`,
    both as the `objective` has it, with energy in the architecture's unit. The `nests` of the space
    are tilings times loop orders, as far as a search that was ended looked through it. Each of them
    is counted once. It was `priced`; or it was cut, because it does not fit (`without_room`), a
    bound of it is above the best found or above a limit (`above_bound`), or another one that fits
    wherever it does costs no more (`dominated`); or it was left `unseen`. Besides, `seeds` were
    priced at first, to have something to cut by.
    """

    objective: Objective
    tiles: Tiles
    value: float
    lower_bound: float
    nests: int
    seeds: int
    priced: int
    without_room: int
    above_bound: int
    dominated: int
    unseen: int
    within: Limits = NO_LIMITS

    def repeated(self, times: int) -> "Certificate":
        """What is known of a layer that runs so many times in this nest."""
        scale = int(self.objective.of(Fraction(times), Fraction(times)))
        return replace(
            self,
            value=self.value * scale,
            lower_bound=self.lower_bound * scale,
            within=self.within.of_all(times),
        )

    @property
    def proven(self) -> bool:
        """Whether nothing in the declared space is better."""
        return self.lower_bound >= self.value

    @property
    def gap(self) -> float:
        """How much lower the best value may be, as a share of the one found."""
        return 0.0 if self.proven else 1 - self.lower_bound / self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A nest that fits, and what is known of it; the `seconds` after which its search was ended, if
    it was by the clock.
    """

    nest: Nest
    certificate: Certificate
    seconds: float | None = None

    def answers(self, seconds: float | None) -> bool:
        """Whether a search that may take so long is to find this, or perhaps something better."""
        return self.seconds is None or (seconds is not None and seconds <= self.seconds)
