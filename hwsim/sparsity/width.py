"""A component and a layer to the bits of a value there: as it is, or encoded."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, lcm
from typing import Final

from hwsim.architecture.components import Compartment, Compute, Mover, Storage
from hwsim.sparsity.formats import Stream
from hwsim.sparsity.formats.named import format_of
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS
from hwsim.workload.layer import Layer

#: Of the two operands of a MAC what each is of a word, to its energy as a share of one of words.
BitsLaw = Callable[[Fraction, Fraction], Fraction]
#: By what a file says of `energy_by_bits`: the product, as in an array multiplier.
LAWS: Final[Mapping[str, BitsLaw]] = {
    "product": lambda weights, inputs: weights * inputs,
    "mean": lambda weights, inputs: (weights + inputs) / 2,
    "constant": lambda weights, inputs: Fraction(1),
}

#: What is kept of a bit where expected sizes are compared with capacities, rounded up.
PARTS_OF_A_BIT = 1024


def plain_bits(part: Mover | Compute, layer: Layer, what: str) -> int:
    """The bits of a value that is not encoded: what the layer says, the chip, or those of a word.

    `what` is a tensor, or "partial_sums".
    """
    return layer.data.bits.get(what, part.bits.get(what, part.word_bits))


def stored_bits(part: Mover, layer: Layer, what: str) -> Fraction:
    """The bits of a value, on average over the tensor: encoded if the component does that, unless
    that takes more than the values as they are. Partial sums are not encoded.
    """
    plain = plain_bits(part, layer, what)
    if what not in part.formats:
        return Fraction(plain)
    words = layer.words(what)
    stream = Stream(
        words=words,
        nonzeros=layer.data.density(what) * words,
        zero_pairs=layer.data.zero_pairs.get(what),
    )
    encoded = Fraction(format_of(part.formats[what]).bits(stream, plain))
    return min(Fraction(plain), encoded / words)


def compute_share(part: Compute, layer: Layer) -> Fraction:
    """The energy of a MAC as a share of one whose operands are words, by the file's law."""
    weights, inputs = (
        Fraction(plain_bits(part, layer, operand), part.word_bits) for operand in (WEIGHTS, INPUTS)
    )
    return LAWS[part.energy_by_bits](weights, inputs)


def held_bits(storage: Storage, layer: Layer, tensor: str) -> Fraction:
    """The bits that a value takes of a capacity; an encoded one what it is expected to take, on
    average. What a storage holds of outputs are partial sums, until they leave for home.
    """
    what = PARTIAL_SUMS if tensor == OUTPUTS else tensor
    bits = stored_bits(storage, layer, what)
    return Fraction(ceil(bits * PARTS_OF_A_BIT), PARTS_OF_A_BIT)


def room_of(storage: Storage, part: Compartment, layer: Layer) -> tuple[int | None, dict[str, int]]:
    """The capacity of a part of a storage, and what a value of each tensor takes of it, in one
    unit: values, if they are all of one width.
    """
    bits = {tensor: held_bits(storage, layer, tensor) for tensor in part.tensors}
    if part.capacity_words is None:
        return None, dict.fromkeys(bits, 1)
    capacity_bits = part.capacity_words * storage.word_bits
    if len(set(bits.values())) == 1:
        return int(capacity_bits / bits[part.tensors[0]]), dict.fromkeys(bits, 1)
    unit = lcm(*(each.denominator for each in bits.values()))
    return capacity_bits * unit, {tensor: int(each * unit) for tensor, each in bits.items()}
