"""Trained weights: from files into models, and back."""

from prune.weights.fit import Mismatch, WrongWeights, fit, load, mismatches
from prune.weights.read import NotReadable, StoredWeights, read
from prune.weights.save import save

__all__ = [
    "Mismatch",
    "NotReadable",
    "StoredWeights",
    "WrongWeights",
    "fit",
    "load",
    "mismatches",
    "read",
    "save",
]
