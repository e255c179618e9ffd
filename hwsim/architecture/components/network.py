"""Networks: the wires between storages."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from hwsim.architecture.components.component import Mover

DELIVER: Final = "deliver"
COLLECT: Final = "collect"
REDUCE: Final = "reduce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interconnect(Mover):
    """Wires: what it costs to deliver a word to an instance, to collect one, and to add on the way.

    Words cross it in both directions at once.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (DELIVER, COLLECT, REDUCE)

    @classmethod
    def declared(cls, name: str, part: dict[str, Any], file: dict[str, Any]) -> Self:
        """The network that `part` of an architecture's `file` declares."""
        return cls(name=name, **cls.moving(part, file))
