"""Results side by side: what was declared differently, and what came of it."""

from hwsim.comparison.comparison import (
    Amounts,
    Comparison,
    Difference,
    OtherLoops,
    compare,
    compared,
)
from hwsim.comparison.saved import NoReport, saved
from hwsim.comparison.side import ComparedSide, LayerSide, Spent, side

__all__ = [
    "Amounts",
    "ComparedSide",
    "Comparison",
    "Difference",
    "LayerSide",
    "NoReport",
    "OtherLoops",
    "Spent",
    "compare",
    "compared",
    "saved",
    "side",
]
