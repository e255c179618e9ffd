"""Which weights become zero together: a file for each pattern, and what all of them answer."""

from prune.patterns.pattern import KeptUnits, Pattern
from prune.patterns.single import SINGLE

__all__ = ["SINGLE", "KeptUnits", "Pattern"]
