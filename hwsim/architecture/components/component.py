"""What all components have in common, and what all those have that words move through."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from hwsim.architecture.components.bandwidth import Bandwidth
from hwsim.architecture.place import Place

#: What a file says of a tensor where it does not encode it, and where its zeros do nothing.
NO_FORMAT = "none"
NOTHING = "nothing"
#: Where a file says no width of a word.
WORD_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(ABC):
    """A part of an accelerator. `ACTIONS` are what it does for an energy, as a file names them.

    `area_mm2` and `leakage_mw`, the power that it takes whatever it does, are those of one
    instance; None where they are not known.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = ()

    name: str
    area_mm2: float | None = None
    leakage_mw: float | None = None

    @classmethod
    @abstractmethod
    def declared(cls, name: str, part: dict[str, Any], file: dict[str, Any]) -> Self:
        """The component that `part` of an architecture's `file` declares."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The places where its loops can run, outermost first."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover(Component):
    """A component that words move through: a storage, or what a route crosses between storages.

    `energies` are those of each action with a word of `word_bits`. `bits` are those of a value of
    each tensor, where a layer does not say them. `formats` says how a tensor is encoded here.
    `zeros` says what a zero of a tensor does to an action. Where it is `duplex`, it moves words
    both ways at once, and a single number is the bandwidth of each.
    """

    duplex: ClassVar[bool] = True

    word_bits: int
    energies: Mapping[str, float]
    bandwidth: Bandwidth = field(default_factory=Bandwidth)
    bits: Mapping[str, int] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    zeros: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def moving(cls, part: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
        """The fields that all movers have, as a file declares them."""
        bits = word_bits(part, file)
        return {
            "word_bits": bits,
            "energies": action_energies(cls, part),
            "bandwidth": Bandwidth.declared(part, file, bits, cls.duplex),
            "bits": value_bits(file),
            "formats": by_tensor(part, "formats"),
            "zeros": by_tensor(part, "zeros"),
        }


def word_bits(part: dict[str, Any], file: dict[str, Any]) -> int:
    """The component's own width of a word, or the file's."""
    bits: int = part.get("word_bits", file.get("word_bits", WORD_BITS))
    return bits


def value_bits(file: dict[str, Any]) -> dict[str, int]:
    """The bits of a value of each tensor that the file says."""
    return dict(file.get("bits", {}))


def action_energies(kind: type[Component], part: dict[str, Any]) -> dict[str, float]:
    """The energy of every action of the kind; what the file does not give costs nothing."""
    given = part.get("energy", {})
    return {action: given.get(action, 0) for action in kind.ACTIONS}


def by_tensor(part: dict[str, Any], key: str) -> dict[str, str]:
    """Of each tensor what the key says, unless that is as good as nothing."""
    said = part.get(key, {}).items()
    return {tensor: word for tensor, word in said if word not in (NO_FORMAT, NOTHING)}
