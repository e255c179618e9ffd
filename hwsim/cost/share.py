"""What of a word, and of an access, is left where data are narrow, encoded, zero or in rows."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from hwsim.accesses.counts import Sizes
from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Mover, Storage
from hwsim.sparsity.width import stored_bits
from hwsim.sparsity.zeros import words_left
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.data import PARTIAL_SUMS
from hwsim.workload.layer import Layer


@dataclass(frozen=True)
class Shares:
    """The share of a word over a link that moves at a component, in words of the component.

    A value moves as many bits as it has there, and none where a zero does something that is
    `saving` the access. Where rows are moved whole, and it is to be counted `in_rows`, it moves its
    part of the rows that its move takes.
    """

    architecture: Architecture
    words: Traffic
    layer: Layer
    saving: frozenset[str]
    in_rows: bool = True

    @property
    def link(self) -> Link:
        """The link that the words cross."""
        return self.words.link

    @property
    def networks(self) -> tuple[Mover, ...]:
        """What the link crosses that moves words."""
        parts = (self.architecture.components[name] for name in self.link.networks)
        return tuple(part for part in parts if isinstance(part, Mover))

    def moving(self, part: Mover) -> Fraction:
        """What moves of an operand, or of a partial sum."""
        return self.bits_moving(part) / part.word_bits

    def finished(self, part: Mover) -> Fraction:
        """What moves of an output that goes home."""
        return self.bits_finished(part) / part.word_bits

    def bits_moving(self, part: Mover) -> Fraction:
        """The bits that move of an operand, or of a partial sum."""
        tensor = self.link.tensor
        return self._bits(part, PARTIAL_SUMS if tensor == OUTPUTS else tensor)

    def bits_finished(self, part: Mover) -> Fraction:
        """The bits that move of an output that goes home."""
        return self._bits(part, OUTPUTS)

    def _bits(self, part: Mover, what: str) -> Fraction:
        left = words_left(self.architecture, part, self.link, self.layer, self.saving)
        bits = stored_bits(part, self.layer, what)
        sizes = self.words.above if part.name == self.link.parent else self.words.below
        if sizes and self.in_rows and isinstance(part, Storage):
            bits = _in_rows(part.row_bits, sizes, bits)
        return left * bits


def _in_rows(row: int, sizes: Sizes, bits: Fraction) -> Fraction:
    """The bits of the rows that moves of these sizes take, for each of their values of `bits`.

    >>> _in_rows(64, {3: 10}, Fraction(16)), _in_rows(64, {4: 1, 1: 1}, Fraction(16))
    (Fraction(64, 3), Fraction(128, 5))
    """
    values = sum(size * often for size, often in sizes.items())
    rows = sum(ceil(size * bits / row) * often for size, often in sizes.items())
    return Fraction(rows * row, values)
