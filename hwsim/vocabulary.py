"""What every stage shares: tensors, dimensions of loop nests, objectives, numbers as files say."""

from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final

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
    """What a mapping is the best in; `edp` is the product of energy and cycles."""

    energy = "energy"
    cycles = "cycles"
    edp = "edp"


class Tiles(StrEnum):
    """The tile sizes that the mapper tries; `hwsim/mapper/tilings.py` defines them."""

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
