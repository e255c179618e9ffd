"""The components of an accelerator: storages, networks, arrays of instances, and the MAC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: The words of a file; `docs/semantics.md` says what they mean.
Fills = Literal["charged", "free"]
FirstReads = Literal["charged", "free", "forwarded"]
Drains = Literal["charged", "forwarded"]
FormatName = Literal["run_length", "bitmask", "coordinates"]
OnZero = Literal["gate", "skip"]
BitsLaw = Literal["product", "mean", "constant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """Which accesses of a storage are charged; `docs/semantics.md` defines each word.

    `fills`: "charged" or "free", the write of a word where it arrives.
    `first_reads`: "charged", "free" (a partial sum that is still zero is not read) or "forwarded"
    (nor is one that has just come from above: it passes by).
    `drains`: "charged" or "forwarded" (a finished partial sum passes by on its way up).
    """

    fills: Fills = "charged"
    first_reads: FirstReads = "free"
    drains: Drains = "charged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """A part of a storage that its tensors share; `capacity_words` None is unlimited."""

    tensors: tuple[str, ...]
    capacity_words: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A memory: what it holds, how much of it, and what an access costs.

    Energies are those of a word of `word_bits`. A mapping may let the tensors of `may_bypass` pass
    the storage by. `formats` says how a tensor is encoded here. `zeros` says what a zero of a
    tensor does to an access: "gate" or "skip".
    """

    name: str
    compartments: tuple[Compartment, ...]
    word_bits: int
    read_energy: float
    write_energy: float
    bandwidth_words_per_cycle: float | None
    charging: Charging
    may_bypass: tuple[str, ...] = ()
    formats: Mapping[str, FormatName] = field(default_factory=dict)
    zeros: Mapping[str, OnZero] = field(default_factory=dict)

    @property
    def holds(self) -> tuple[str, ...]:
        """The tensors that live here."""
        return tuple(tensor for part in self.compartments for tensor in part.tensors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Wires: what it costs to deliver a word to an instance, to collect one, and to add on the way.

    `formats` and `zeros` are those of a storage, for the words that cross.
    """

    name: str
    deliver_energy: float
    collect_energy: float
    reduce_energy: float
    bandwidth_words_per_cycle: float | None
    word_bits: int
    formats: Mapping[str, FormatName] = field(default_factory=dict)
    zeros: Mapping[str, OnZero] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """A fan-out: what lies inside is there once for every coordinate on the named axes.

    `multicast` names the tensors of which one read serves all instances that need the word at that
    moment. `reduces_along` names the axes on which partial sums of different instances are added
    up on their way.
    """

    name: str
    axes: Mapping[str, int]
    multicast: tuple[str, ...]
    reduces_along: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """The multiply-accumulate unit: one MAC a cycle.

    `energy` is that of operands of `word_bits`. For others it follows the law `energy_by_bits`:
    "product", "mean" or "constant". `zeros` says what a zero operand does: "gate" or "skip".
    """

    name: str
    energy: float
    word_bits: int
    energy_by_bits: BitsLaw = "product"
    zeros: Mapping[str, OnZero] = field(default_factory=dict)


Component = Storage | Network | Array | Compute
