"""A layer and its mapping to counts of every access: closed forms, exact integers."""

from hwsim.accesses.count import count
from hwsim.accesses.counts import Counts, Flow, Work

__all__ = ["Counts", "Flow", "Work", "count"]
