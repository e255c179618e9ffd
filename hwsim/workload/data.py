"""What the tensors of a layer contain, as far as it costs: shares of nonzeros, bits of a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from hwsim.vocabulary import TENSORS, exact

#: Sums that are not yet finished, whose bits may be others than those of the outputs.
PARTIAL_SUMS = "partial_sums"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """By tensor, the `densities`, shares of its elements that are not zero, padding counted as
    zeros, and the `bits` of a value; what is not named is dense, and as wide as a word.

    The nonzeros lie anywhere with equal probability, unless what depends on where they do was
    measured: `mac_shares`, the shares of MACs none of whose operands, those named, is zero; and
    `zero_pairs`, the pairs of a run-length code of the tensor that stand for zeros only.
    """

    densities: Mapping[str, float | Fraction] = field(default_factory=dict)
    bits: Mapping[str, int] = field(default_factory=dict)
    mac_shares: Mapping[tuple[str, ...], Fraction] = field(default_factory=dict)
    zero_pairs: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for known, named in ((TENSORS, self.densities), ((*TENSORS, PARTIAL_SUMS), self.bits)):
            for tensor in named:
                if tensor not in known:
                    raise ValueError(f"no tensor {tensor!r}: there are {', '.join(known)}")
        for tensor, density in self.densities.items():
            if not 0 <= density <= 1:
                raise ValueError(f"the density of {tensor} must be from 0 to 1, not {density}")
        for tensor, bits in self.bits.items():
            if bits < 1:
                raise ValueError(f"the bits of {tensor} must be 1 or more, not {bits}")

    def density(self, tensor: str) -> Fraction:
        """The share of the tensor's elements that are not zero, of a float its decimal value."""
        given = self.densities.get(tensor, 1)
        return given if isinstance(given, Fraction) else exact(given)

    def with_density(self, tensor: str, density: float | Fraction) -> "Data":
        """These data with another density of a tensor, whose nonzeros may lie anywhere."""
        return replace(
            self,
            densities={**self.densities, tensor: density},
            mac_shares={of: share for of, share in self.mac_shares.items() if tensor not in of},
            zero_pairs={of: pairs for of, pairs in self.zero_pairs.items() if of != tensor},
        )


#: Nothing is zero, and every value is a word.
DENSE = Data()
