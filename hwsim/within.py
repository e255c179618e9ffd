"""Limits as a user says them, of each layer or of all together, to what mappings may cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor, isfinite

from hwsim.architecture.architecture import Architecture
from hwsim.errors import Error
from hwsim.mapper.options import ROUNDED, Limits
from hwsim.meant import closest, did_you_mean
from hwsim.sparsity.zeros import SAVES_TIME, macs_left
from hwsim.vocabulary import exact
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from hwsim.workload.patterns import Patterns
from hwsim.workload.select import select


class Limited(StrEnum):
    """What can be limited, in the words of a report."""

    energy = "energy"
    cycles = "cycles"
    utilization = "utilization"


class BadLimit(Error):
    """What is said of limits is none: a line for each mistake."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


#: Texts `[LAYERS.]WHAT=AMOUNT`, or what stands before the equals sign to the amount.
WithinSaid = Mapping[str, float] | Iterable[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so much energy, in the architecture's unit, or so many cycles, or at least so much
    utilization: of each layer that matches the patterns `layers`, or of all together if it is "".
    """

    what: Limited
    amount: Fraction
    layers: str = ""

    def __str__(self) -> str:
        """As `--within` takes it.

        >>> str(Limit(what=Limited.cycles, amount=Fraction(1000), layers="conv*"))
        'conv*.cycles=1000'
        """
        amount = self.amount if self.amount.denominator == 1 else float(self.amount)
        return f"{self.layers}{'.' if self.layers else ''}{self.what}={amount}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """All that is limited."""

    limits: tuple[Limit, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self.limits))

    @classmethod
    def said(cls, said: WithinSaid) -> "Within":
        """The limits that a user says; raises `BadLimit` with all that is wrong."""
        if isinstance(said, str):
            raise TypeError(f"limits are several: a list, [{said!r}], or a mapping to amounts")
        texts = (f"{it}={said[it]}" for it in said) if isinstance(said, Mapping) else said
        limits, lines = list[Limit](), list[str]()
        for text in texts:
            try:
                limits.append(_limit(text))
            except ValueError as error:
                lines.append(f"within {text}: {error}")
        if lines:
            raise BadLimit(tuple(lines))
        return cls(limits=tuple(limits))

    def check(self, network: Network) -> None:
        """Raise `NoLayer` for a pattern that matches no layer of the network."""
        for limit in self.limits:
            if limit.layers:
                select(network, limit.layers)

    def of_sum(self, layers: Sequence[Layer]) -> bool:
        """Whether a sum of several layers is limited."""
        return len(layers) > 1 and any(not limit.layers for limit in self.limits)

    def of_each(self, architecture: Architecture, layers: Sequence[Layer]) -> list[Limits]:
        """What each layer may cost in all its runs; one alone is the sum, too."""
        own = [self.of_layer(architecture, layer) for layer in layers]
        if len(layers) == 1:
            return [own[0].tighter(self.of_total(architecture, layers))]
        return own

    def of_layer(self, architecture: Architecture, layer: Layer) -> Limits:
        """What the layer may cost in all its runs."""
        return _together(
            [it for it in self.limits if Patterns.between_commas(it.layers).match(layer.name)],
            busy_cycles(architecture, [layer]),
        )

    def of_total(self, architecture: Architecture, layers: Sequence[Layer]) -> Limits:
        """What the layers may cost together."""
        return _together(
            [it for it in self.limits if not it.layers],
            busy_cycles(architecture, layers),
        )


def busy_cycles(architecture: Architecture, layers: Iterable[Layer]) -> Fraction:
    """The cycles that layers would take if all of the array worked in each of them."""
    compute = architecture.compute
    timed = (layer.macs * macs_left(compute, layer, SAVES_TIME) for layer in layers)
    at_work = sum(timed, Fraction(0)) * compute.cycles_per_mac
    return at_work / architecture.macs_per_cycle


def _limit(text: str) -> Limit:
    if not isinstance(text, str):
        raise TypeError(f"a limit is a text, as 'cycles=2e6', not {text!r}")
    said, equals, amount = text.partition("=")
    layers, _, what = said.strip().rpartition(".")
    if not equals:
        raise ValueError("must be [LAYERS.]WHAT=AMOUNT, as cycles=2e6")
    if what not in Limited.__members__:
        *others, last = Limited
        meant = did_you_mean(closest(what, Limited)) or f": {', '.join(others)} and {last} can be"
        raise ValueError(f"{what!r} is nothing that can be limited{meant}")
    return Limit(what=Limited(what), amount=_amount(Limited(what), amount), layers=layers)


def _amount(what: Limited, text: str) -> Fraction:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"must be a number, not {text.strip()!r}") from None
    if not (isfinite(number) and number > 0):
        raise ValueError(f"must be a number above 0, not {text.strip()}")
    if what is Limited.utilization and number > 1:
        raise ValueError(f"must be a share, at most 1, not {text.strip()}")
    return exact(number)


def _together(limits: Iterable[Limit], busy: Fraction) -> Limits:
    """The tightest of the limits. A utilization is the cycles that are `busy`, of those needed."""
    energies = [it.amount for it in limits if it.what is Limited.energy]
    cycles = [
        floor(it.amount if it.what is Limited.cycles else busy / it.amount * (1 + ROUNDED))
        for it in limits
        if it.what is not Limited.energy
    ]
    return Limits(
        energy=float(min(energies)) if energies else None, cycles=min(cycles, default=None)
    )


ANYTHING = Within()
