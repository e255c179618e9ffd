"""What of a word, and of an access, is left where data are narrow, encoded or zero."""

from dataclasses import dataclass
from fractions import Fraction

from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Mover
from hwsim.sparsity.width import stored_bits
from hwsim.sparsity.zeros import words_left
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.data import PARTIAL_SUMS
from hwsim.workload.layer import Layer


@dataclass(frozen=True)
class Shares:
    """The share of a word over a link that moves at a component, in words of the component.

    A value moves as many bits as it has there, and none where a zero does something that is
    `saving` the access.
    """

    architecture: Architecture
    link: Link
    layer: Layer
    saving: frozenset[str]

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
        return left * stored_bits(part, self.layer, what)
