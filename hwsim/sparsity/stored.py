"""A layer's tensors as they lie at home: how many values, how many nonzeros, in how many bits."""

from dataclasses import dataclass
from fractions import Fraction

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Storage
from hwsim.sparsity.width import plain_bits, stored_bits
from hwsim.vocabulary import TENSORS
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A tensor at home: `values`, `nonzeros` of them, and the bits of a value, `value_bits` as it
    is and `stored_bits` as it is encoded there, on average.
    """

    values: int
    nonzeros: Fraction
    value_bits: int
    stored_bits: Fraction

    @property
    def compression(self) -> Fraction:
        """How many times less room the tensor takes than its values as they are."""
        return self.value_bits / self.stored_bits


def stored(architecture: Architecture, layer: Layer) -> dict[str, Stored]:
    """Every tensor at home."""
    return {tensor: _at_home(architecture, layer, tensor) for tensor in TENSORS}


def _at_home(architecture: Architecture, layer: Layer, tensor: str) -> Stored:
    home = architecture.components[architecture.routes[tensor][0]]
    assert isinstance(home, Storage)
    words = layer.words(tensor)
    return Stored(
        values=words,
        nonzeros=layer.data.density(tensor) * words,
        value_bits=plain_bits(home, layer, tensor),
        stored_bits=stored_bits(home, layer, tensor),
    )
