"""Integer multiply-accumulates of 40 nm, as Aladdin's tables have their multiplier and adder.

Both are in print for 32 bits. Of other widths, a multiplier is in proportion to the square of its
operands' bits, as Accelergy has it; the adder is of 32 bits, as accumulators are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hwsim.estimators.estimate import (
    AREA,
    LEAKAGE,
    Action,
    CannotEstimate,
    Estimate,
    no_such_word,
)

ARITHMETIC: Final = "integer"
BITS: Final = 32
#: Of a multiplier and an adder of so many bits: pJ, mm2, mW.
FIGURES: Final[Mapping[str, tuple[float, float]]] = {
    "compute": (12.68, 0.21),
    AREA: (6350e-6, 278e-6),
    LEAKAGE: (0.08, 0.0024),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aladdin:
    """The estimator: a multiplier, and an adder behind it."""

    name: str = "aladdin"
    unit: str = "pJ"
    takes: tuple[str, ...] = ("arithmetic", "technology_nm")
    cancels: Mapping[str, float] = field(default_factory=dict)

    def estimate(self, action: Action) -> Estimate:
        """The energy, the area or the leakage of a multiply-accumulate."""
        if action.kind != "compute":
            raise CannotEstimate("estimates multiply-accumulates: a compute")
        if (said := str(action.properties.get("arithmetic", ""))) != ARITHMETIC:
            raise no_such_word("arithmetic", said, (ARITHMETIC,))
        multiply, add = FIGURES[action.name]
        return Estimate(
            value=multiply * (action.number("word_bits") / BITS) ** 2 + add,
            formula=f"{multiply:g} (word_bits/{BITS})^2 + {add:g}",
            source=(
                "Shao et al., ISCA 2014 (Aladdin), as hwcomponents-library 1.0.58 has its tables"
            ),
            valid={"technology_nm": (40, 40), "word_bits": (BITS, BITS)},
        )


ESTIMATOR: Final = Aladdin()
