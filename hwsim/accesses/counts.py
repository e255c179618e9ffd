"""What counting yields: for every link of a tensor's route, the words that cross it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hwsim.architecture.architecture import Link

#: Words that cross together, to how often as many do.
Sizes = Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Words over one link for the whole layer; `docs/semantics.md` defines the three counts.

    Where rows are charged whole at an end of the link, `above` or `below` say how many words of a
    move there are together at an instance there, and in how many moves as many are.
    """

    link: Link
    visits: int
    arrivals: int
    returned: int
    above: Sizes = field(default_factory=dict)
    below: Sizes = field(default_factory=dict)

    def repeated(self, times: int) -> "Flow":
        """The words of so many runs."""
        return replace(
            self,
            visits=times * self.visits,
            arrivals=times * self.arrivals,
            returned=times * self.returned,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How busy a component is: steps of the loops in time outside it, and instances at work.

    `steps` counts the combinations of the indices of those loops, `instance_steps` the instances
    that have work, summed over these steps, `peak` the most in one step.
    """

    steps: int
    instance_steps: int
    peak: int

    def repeated(self, times: int) -> "Work":
        """The work of so many runs, of which no two are at a time."""
        steps, instance_steps = times * self.steps, times * self.instance_steps
        return replace(self, steps=steps, instance_steps=instance_steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What counting yields: the flow of every link, and the work of every component but arrays.

    `turns` are the times that work begins: with the first tiles, and with each further tile of a
    storage that it waits for.
    """

    flows: tuple[Flow, ...]
    work: Mapping[str, Work]
    turns: int = 1

    def repeated(self, times: int) -> "Counts":
        """What so many runs count, one after another, each as this one."""
        if times == 1:
            return self
        return Counts(
            flows=tuple(flow.repeated(times) for flow in self.flows),
            work={name: work.repeated(times) for name, work in self.work.items()},
            turns=times * self.turns,
        )
