"""Storages: the memories of an accelerator."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from hwsim.architecture.charging import Charging
from hwsim.architecture.components.component import Mover, word_bits
from hwsim.architecture.place import Place

READ: Final = "read"
WRITE: Final = "write"
BUFFERS: Final = "buffers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """A part of a storage that its tensors share; `capacity_words` None is unlimited."""

    tensors: tuple[str, ...]
    capacity_words: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage(Mover):
    """A memory: what it holds, how much of it, and what an access costs.

    A mapping may let the tensors of `may_bypass` pass the storage by. `access_bits` are those of a
    row, which is read or written at once. Of `buffers` one has the tile that is worked on; with a
    single one, work waits while it is exchanged. None: it never waits, and all of the capacity is
    for the tile.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (READ, WRITE)
    duplex: ClassVar[bool] = False

    compartments: tuple[Compartment, ...]
    charging: Charging
    may_bypass: tuple[str, ...] = ()
    buffers: int | None = None
    access_bits: int | None = None

    @classmethod
    def declared(cls, name: str, part: dict[str, Any], file: dict[str, Any]) -> Self:
        """The storage that `part` of an architecture's `file` declares."""
        return cls(
            name=name,
            compartments=_compartments(part, word_bits(part, file), part.get(BUFFERS, 1)),
            charging=Charging.declared(file["charging"] | part.get("charging", {})),
            may_bypass=tuple(part.get("may_bypass", ())),
            buffers=part.get(BUFFERS),
            access_bits=part.get("access_bits"),
            **cls.moving(part, file),
        )

    @property
    def waits(self) -> bool:
        """Whether work inside waits while it takes its next tile."""
        return self.buffers == 1

    @property
    def row_bits(self) -> int:
        """Bits of a row: those of an access, or of a word."""
        return self.access_bits or self.word_bits

    @property
    def holds(self) -> tuple[str, ...]:
        """The tensors that live here."""
        return tuple(tensor for part in self.compartments for tensor in part.tensors)

    @property
    def places(self) -> tuple[Place, ...]:
        """In time, as long as it holds what it holds."""
        return (Place(name=self.name, component=self.name),)


def words_of(amount: int, in_bytes: bool, word_bits: int) -> int:
    """The words of a capacity that a file gives in bytes, or in words."""
    return amount * 8 // word_bits if in_bytes else amount


def _compartments(part: dict[str, Any], word_bits: int, buffers: int) -> tuple[Compartment, ...]:
    """One compartment that all tensors share, or one for each where the capacity is split.

    A tile may take one of the buffers that the capacity is divided into.
    """
    holds = tuple(part["holds"])
    in_bytes = "capacity_bytes" in part
    capacity = part.get("capacity_bytes" if in_bytes else "capacity_words")

    def words(amount: int | None) -> int | None:
        return None if amount is None else words_of(amount, in_bytes, word_bits) // buffers

    if isinstance(capacity, dict):
        return tuple(
            Compartment(tensors=(tensor,), capacity_words=words(capacity[tensor]))
            for tensor in holds
        )
    return (Compartment(tensors=holds, capacity_words=words(capacity)),)
