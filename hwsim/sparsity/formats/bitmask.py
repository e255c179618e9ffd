"""The format `bitmask`."""

from fractions import Fraction

from hwsim.sparsity.formats.format import Format, Stream


class Bitmask(Format):
    """A bit for each value, whether it is zero or not, and the values that are not."""

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """Of each value a bit, and of each nonzero its bits."""
        return stream.words + stream.nonzeros * value_bits
