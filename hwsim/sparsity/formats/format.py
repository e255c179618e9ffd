"""What a format is: a way to write a tensor in which its zeros take little room."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A tensor as one stream of `words`, with `nonzeros` anywhere among them.

    `zero_pairs` are those of its run-length code that stand for zeros only, where the places of the
    nonzeros are known.
    """

    words: int
    nonzeros: Fraction
    zero_pairs: int | None = None


class Format(ABC):
    """A way to write the values of a tensor, one after the other as they are stored.

    More nonzeros never take fewer bits.
    """

    @abstractmethod
    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """The bits of a stream of values of `value_bits` each.

        Where the places of the nonzeros are not known, it is the expected number; of a last block
        that is not full, the part that is.
        """
