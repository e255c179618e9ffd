"""Operations and memories of 45 nm in Horowitz, ISSCC 2014, and between them powers of their size.

Of operations the areas are known as well, not of memories; what either leaks is not. A
multiply-accumulate is a multiplication, and an addition: of 32 bits for integers, as accumulators
are, and of the operands' width for floating point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from hwsim.estimators.estimate import (
    ACCUMULATOR_BITS,
    AREA,
    Action,
    CannotEstimate,
    Estimate,
    no_such_word,
)
from hwsim.estimators.law import PublishedCurve

NODE: Final = {"technology_nm": (45.0, 45.0)}
Curves = Mapping[str, PublishedCurve]


def _by_bits(**points: Sequence[tuple[float, float]]) -> Curves:
    """A curve for each arithmetic."""
    of = "word_bits"
    return {name: PublishedCurve(of=of, points=each, fixed=NODE) for name, each in points.items()}


#: By bits: pJ, and mm2.
MULTIPLY: Final[Mapping[str, Curves]] = {
    "compute": _by_bits(integer=[(8, 0.2), (32, 3.1)], float=[(16, 1.1), (32, 3.7)]),
    AREA: _by_bits(integer=[(8, 282e-6), (32, 3495e-6)], float=[(16, 1640e-6), (32, 7700e-6)]),
}
ADD: Final[Mapping[str, Curves]] = {
    "compute": _by_bits(integer=[(8, 0.03), (32, 0.1)], float=[(16, 0.4), (32, 0.9)]),
    AREA: _by_bits(integer=[(8, 36e-6), (32, 137e-6)], float=[(16, 1360e-6), (32, 4184e-6)]),
}
#: pJ of 64 bits, by the bytes of the memory.
SRAM: Final = PublishedCurve(
    of="capacity_bytes", points=[(8192, 10), (32768, 20), (1048576, 100)], fixed=NODE
)
SRAM_BITS: Final = 64
#: pJ of 64 bits: 1300 to 2600, and in the middle a factor of the root of 2 from both.
DRAM: Final = 1300 * 2**0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Horowitz:
    """The estimator: memories, on the chip if they have a capacity, and multiply-accumulates."""

    name: str = "horowitz"
    unit: str = "pJ"
    takes: tuple[str, ...] = ("capacity_bytes", "arithmetic", "technology_nm")
    cancels: Mapping[str, float] = field(default_factory=dict)
    source: ClassVar[str] = (
        'Horowitz, "Computing\'s Energy Problem", ISSCC 2014, figure 1.1.9, as remembered;'
        " areas as tutorials print them beside it"
    )

    def estimate(self, action: Action) -> Estimate:
        """The energy of a memory's access; the energy or the area of a multiply-accumulate."""
        match action.kind:
            case "compute" if action.name in MULTIPLY:
                return self._mac(action)
            case "storage" if action.of_a_word and "capacity_bytes" in action.properties:
                return self._sram(action)
            case "storage" if action.of_a_word:
                return self._dram(action)
            case "compute" | "storage":
                raise CannotEstimate(f"has no {action.name} of a {action.kind}")
            case other:
                raise CannotEstimate(f"has no {other}: it has memories and multiply-accumulates")

    def _mac(self, action: Action) -> Estimate:
        arithmetic = str(action.properties.get("arithmetic", ""))
        multiply, add = MULTIPLY[action.name], ADD[action.name]
        if arithmetic not in multiply:
            raise no_such_word("arithmetic", arithmetic, multiply)
        bits = action.number("word_bits")
        adding = bits if arithmetic == "float" else ACCUMULATOR_BITS
        return Estimate(
            value=multiply[arithmetic].at(bits) + add[arithmetic].at(adding),
            formula=f"multiply {arithmetic}s of {bits:g} bits, add {adding:g} bits",
            source=self.source,
            valid=multiply[arithmetic].valid,
        )

    def _sram(self, action: Action) -> Estimate:
        share = action.number("word_bits") / SRAM_BITS
        return Estimate(
            value=SRAM.at(action.number("capacity_bytes")) * share,
            formula=f"10, 20, 100 pJ of {SRAM_BITS} bits in 8 KiB, 32 KiB, 1 MiB; powers between",
            source=self.source,
            valid=SRAM.valid,
        )

    def _dram(self, action: Action) -> Estimate:
        return Estimate(
            value=DRAM * action.number("word_bits") / SRAM_BITS,
            formula="DRAM, 1300 to 2600 pJ of 64 bits",
            source=self.source,
            valid=NODE,
            spread=2**0.5,
            basis="both ends of the range in print",
        )


ESTIMATOR: Final = Horowitz()
