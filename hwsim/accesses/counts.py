"""What counting yields: for every link of a tensor's route, the words that cross it."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwsim.architecture.architecture import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Words over one link for the whole layer; `docs/semantics.md` defines the three counts."""

    link: Link
    visits: int
    arrivals: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How busy a component is: steps of the loops in time outside it, and instances at work.

    `steps` counts the combinations of the indices of those loops, `instance_steps` the instances
    that have work, summed over these steps, `peak` the most in one step.
    """

    steps: int
    instance_steps: int
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A counted mapping: the flow of every link, and the work of every component but arrays."""

    flows: tuple[Flow, ...]
    work: Mapping[str, Work]
