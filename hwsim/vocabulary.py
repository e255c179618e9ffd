"""What every stage shares: tensors, dimensions of loop nests, objectives, numbers as files say."""

from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: An exact number, or many that are not.
Quantity = TypeVar("Quantity", Fraction, "NDArray[np.float64]")

WEIGHTS: Final = "weights"
INPUTS: Final = "inputs"
OUTPUTS: Final = "outputs"

#: The operands of a multiply-accumulate; outputs are partial sums until their last addition.
TENSORS: Final = (WEIGHTS, INPUTS, OUTPUTS)

#: Images that can be simulated together.
LARGEST_BATCH: Final = 2**20

#: How long the search for a layer's mapping may take, if nothing else is said.
SECONDS: Final = 60.0

#: The dimensions of a layer's loop nest, as the papers letter them.
DIMENSIONS: Final = {
    "N": "images of the batch",
    "G": "groups of a grouped convolution",
    "M": "output channels of a group",
    "C": "input channels of a group",
    "P": "output rows",
    "Q": "output columns",
    "R": "filter rows",
    "S": "filter columns",
}
#: What dimensions are called together that are one in a layer, as no window slides over them: of
#: positions, of what is summed, and of the outputs of a position.
JOINT: Final = ("NP", "NQ", "PQ", "NPQ", "CR", "CS", "RS", "CRS", "MR", "MS", "MRS")


class Objective(StrEnum):
    """What a mapping is the best in: a power of its energy times a power of its cycles.

    A line declares each: its name, the two powers, what is the best in words (`aim`), and what a
    name that says too little stands for (`meaning`). All else follows from these. A measure alone
    has the power 1, as others of its powers put mappings in the same order; if that is cycles, of
    mappings that are as fast the one of least energy is the best.
    """

    energy = "energy", 1, 0, "least energy"
    cycles = "cycles", 0, 1, "fewest cycles, then least energy"
    edp = "edp", 1, 1, "least product of energy and cycles", "energy times cycles"

    energy_power: int
    cycles_power: int
    aim: str
    meaning: str

    def __new__(
        cls,
        name: str,
        energy_power: int = 0,
        cycles_power: int = 0,
        aim: str = "",
        meaning: str = "",
    ) -> Self:
        """An objective as a line declares it; its name alone finds it."""
        one = str.__new__(cls, name)
        one._value_ = name
        one.energy_power, one.cycles_power = energy_power, cycles_power
        one.aim, one.meaning = aim, meaning
        return one

    def of(self, energy: Quantity, cycles: Quantity) -> Quantity:
        """What is to be least.

        >>> Objective.edp.of(Fraction(3), Fraction(7))
        Fraction(21, 1)
        """
        return energy**self.energy_power * cycles**self.cycles_power


class Tiles(StrEnum):
    """The tile sizes that the mapper tries; `hwsim/mapper/sizes.py` defines them."""

    divisors = "divisors"
    balanced = "balanced"
    any = "any"


@lru_cache(maxsize=1 << 12)
def exact(number: float) -> Fraction:
    """The decimal number that a file gives, without the error of its float.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(str(number))
