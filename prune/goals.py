"""Every word of `goal:`: what it limits, how it judges a network, and how it is told."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

from prune.errors import Error
from prune.limits import check_said

#: What a difference of accuracies may miss by.
ROUNDING: Final = 1e-9


class Accuracies(Protocol):
    """How often a network is right."""

    def top(self, rank: int) -> float:
        """The share of images whose class was among the first `rank`."""
        ...


class AlwaysMet(Error):
    """No top-5 accuracy can be lost where there are so few `classes`."""

    classes: int

    def __str__(self) -> str:
        return (
            f"of {self.classes} classes the right one is always among the first five:"
            " max_top1_loss is a goal, max_top5_loss is none"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick(ABC):
    """What a goal can be a limit to, by its `word` in a recipe; a limit is no more than `most`.

    The option of the command line has the same word, and takes what `metavar` names. `rank` is
    among how many first classes the right one has to be, in the accuracy that is told.
    """

    word: str
    most: float
    metavar: str
    help: str
    rank: int = 1
    #: Whether the limit may be 0; what is limited, in words; and the method where none is said.
    from_zero: ClassVar[bool]
    noun: ClassVar[str]
    method: ClassVar[str]

    def lost(self, before: Accuracies, after: Accuracies) -> float:
        """How many points of accuracy were lost."""
        return 100 * (before.top(self.rank) - after.top(self.rank))

    @abstractmethod
    def check(self, classes: int) -> None:
        """Raise what says why a network of so many classes can be held to no limit."""

    @abstractmethod
    def said(self, limit: float) -> str:
        """Say the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending(Yardstick):
    """What a network may cost on a chip, as a share of what it cost before: rounds come to it."""

    from_zero: ClassVar[bool] = False
    noun: ClassVar[str] = "an energy"
    method: ClassVar[str] = "budget"

    def check(self, classes: int) -> None:
        """Do nothing: what a network costs does not depend on its classes."""

    def said(self, limit: float) -> str:
        """Say the limit."""
        return f"at most {limit:g} of the energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Losing(Yardstick):
    """What a network may lose, in points of accuracy: every round is judged by it."""

    from_zero: ClassVar[bool] = True
    noun: ClassVar[str] = "an accuracy that may be lost"
    method: ClassVar[str] = "layers"

    def check(self, classes: int) -> None:
        """Raise `AlwaysMet` where the right class is among the first ones in any case."""
        if self.rank > 1 and classes <= self.rank:
            raise AlwaysMet(classes)

    def holds(self, limit: float, before: Accuracies, after: Accuracies) -> bool:
        """Say whether no more than the limit is lost."""
        least = before.top(self.rank) - limit / 100
        return after.top(self.rank) >= least - ROUNDING

    def said(self, limit: float) -> str:
        """Say the limit."""
        points = "point" if limit == 1 else "points"
        return f"at most {limit:g} {points} of top-{self.rank} accuracy lost"


_ALL: Final[tuple[Yardstick, ...]] = (
    Losing(
        word="max_top1_loss",
        most=100,
        metavar="POINTS",
        help="Top-1 accuracy to lose at most.",
    ),
    Losing(
        word="max_top5_loss",
        most=100,
        metavar="POINTS",
        help="Top-5 accuracy to lose at most.",
        rank=5,
    ),
    Spending(
        word="energy",
        most=1,
        metavar="SHARE",
        help="Share of the energy to spend, such as 0.4.",
    ),
)
#: What can be limited, by the words of a recipe.
YARDSTICKS: Final[Mapping[str, Yardstick]] = MappingProxyType({one.word: one for one in _ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A limit, by `measure`: the share of the energy to spend at most (`energy`), or the points of
    accuracy to lose at most (`max_top1_loss`, `max_top5_loss`).
    """

    measure: str
    limit: float

    def __post_init__(self) -> None:
        check_said({"goal": {self.measure: self.limit}})

    @property
    def yardstick(self) -> Yardstick:
        """What it limits."""
        return YARDSTICKS[self.measure]

    def __str__(self) -> str:
        return self.yardstick.said(self.limit)
