"""What components do with the words of a link: the words that each action is charged for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.components.network import COLLECT, DELIVER, REDUCE
from hwsim.architecture.components.storage import READ, WRITE

#: Of the words of a link those that something is done with: operands and partial sums, then those
#: that are outputs on their way home.
Counting = Callable[[Traffic], tuple[int, int]]


def _none(_: Traffic) -> tuple[int, int]:
    return 0, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What is done with words where a link begins (`above`), where it crosses a component
    (`across`), and where it ends (`below`).
    """

    above: Counting = _none
    across: Counting = _none
    below: Counting = _none


#: By the key of its energy in a file. The MAC's is not here: it is done with no words.
ACTIONS: Final[Mapping[str, Charged]] = {
    READ: Charged(above=lambda of: (of.read, 0), below=lambda of: (of.drained, 0)),
    WRITE: Charged(
        above=lambda of: (of.written - of.finished, of.finished), below=lambda of: (of.filled, 0)
    ),
    DELIVER: Charged(across=lambda of: (of.delivered, 0)),
    COLLECT: Charged(across=lambda of: (of.collected - of.finished, of.finished)),
    REDUCE: Charged(across=lambda of: (of.reduced, 0)),
}
