"""The MAC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self

from hwsim.architecture.components.component import (
    Component,
    action_energies,
    by_tensor,
    value_bits,
    word_bits,
)

MAC: Final = "compute"
CYCLES_PER_MAC: Final = "cycles_per_mac"
LATENCY: Final = "latency_cycles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute(Component):
    """The multiply-accumulate unit: one MAC in `cycles_per_mac`, its sum after `latency_cycles`.

    `energies` are those of operands of `word_bits`. For others they follow the law
    `energy_by_bits`, a word of `hwsim.sparsity.width.LAWS`. `bits` are those of operands, where a
    layer does not say them. `zeros` says what a zero operand does.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (MAC,)

    word_bits: int
    energies: Mapping[str, float]
    energy_by_bits: str = "product"
    bits: Mapping[str, int] = field(default_factory=dict)
    zeros: Mapping[str, str] = field(default_factory=dict)
    cycles_per_mac: int = 1
    latency_cycles: int = 1

    @classmethod
    def declared(cls, name: str, part: dict[str, Any], file: dict[str, Any]) -> Self:
        """The MAC that `part` of an architecture's `file` declares."""
        laws = {key: part[key] for key in ("energy_by_bits",) if key in part}
        return cls(
            name=name,
            word_bits=word_bits(part, file),
            energies=action_energies(cls, part),
            bits=value_bits(file),
            zeros=by_tensor(part, "zeros"),
            cycles_per_mac=part.get(CYCLES_PER_MAC, 1),
            latency_cycles=part.get(LATENCY, part.get(CYCLES_PER_MAC, 1)),
            **laws,
        )

    @property
    def depth(self) -> int:
        """The cycles after which the last sum comes, when no further MAC begins."""
        return self.latency_cycles - self.cycles_per_mac
