"""What components do with the words of a link: the words that each action is charged for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.components.network import COLLECT, DELIVER, REDUCE
from hwsim.architecture.components.storage import READ, WRITE

#: Some of the words of a link.
Words = Callable[[Traffic], int]


class Counting(NamedTuple):
    """Of the words of a link those that something is done with: operands and partial sums, and
    those that are outputs on their way home, if there are any.
    """

    moving: Words
    finished: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What is done with words where a link begins (`above`), where it crosses a component
    (`across`), and where it ends (`below`).
    """

    above: Counting | None = None
    across: Counting | None = None
    below: Counting | None = None


def written(of: Traffic) -> int:
    """The partial sums that are written at the parent."""
    return of.written - of.finished


def unfinished(of: Traffic) -> int:
    """The partial sums that are read in children."""
    return of.drained - of.finished


def _collected(of: Traffic) -> int:
    return of.collected - of.finished


read, filled, drained, delivered, reduced, finished = (
    attrgetter(name) for name in ("read", "filled", "drained", "delivered", "reduced", "finished")
)
#: By the key of its energy in a file. The MAC's is not here: it is done with no words.
ACTIONS: Final[Mapping[str, Charged]] = {
    READ: Charged(above=Counting(read), below=Counting(drained)),
    WRITE: Charged(above=Counting(written, finished), below=Counting(filled)),
    DELIVER: Charged(across=Counting(delivered)),
    COLLECT: Charged(across=Counting(_collected, finished)),
    REDUCE: Charged(across=Counting(reduced)),
}
