"""A simulated layer to what there is to say of it: its loops and tiles, and what would help it."""

from hwsim.explanation.account import Account, TensorAccount, accounts
from hwsim.explanation.change import Change, changes_to_try
from hwsim.explanation.effect import Effect, effects
from hwsim.explanation.explanation import Explanation
from hwsim.explanation.loops import Run, runs

__all__ = [
    "Account",
    "Change",
    "Effect",
    "Explanation",
    "Run",
    "TensorAccount",
    "accounts",
    "changes_to_try",
    "effects",
    "runs",
]
