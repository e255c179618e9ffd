"""The format `coordinates`."""

from fractions import Fraction

from hwsim.sparsity.formats.format import Format, Stream

#: Values of a block.
WORDS = 256
PLACE_BITS = 8
COUNT_BITS = 9


class Coordinates(Format):
    """Blocks of 256 values: how many nonzeros there are, and each of them with its place."""

    def bits(self, stream: Stream, value_bits: int) -> Fraction:
        """Of each nonzero its place and its bits, of each block its count."""
        blocks = Fraction(stream.words, WORDS)
        return blocks * COUNT_BITS + stream.nonzeros * (PLACE_BITS + value_bits)
