"""What the tensors of a layer contain, as far as it costs: shares of nonzeros, bits of a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from hwsim.vocabulary import TENSORS, exact

#: Sums that are not yet finished, whose bits may be others than those of the outputs.
PARTIAL_SUMS = "partial_sums"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What the tensors of a layer contain: by the tensor's name, its density and its bits.

    `densities` are the shares of elements that are not zero; padding counts as zeros. `bits` are
    those of one value. A tensor that is not named is dense, and its values are as wide as a word.

    The nonzeros may lie anywhere with equal probability, unless two numbers that depend on their
    places were measured. `mac_shares` are the shares of MACs in which none of the named operands is
    zero. `zero_pairs` are those pairs of the tensor's run-length code that stand for zeros only.
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
        """Return the share of nonzero elements of the tensor; a float counts as it reads."""
        given = self.densities.get(tensor, 1)
        return given if isinstance(given, Fraction) else exact(given)

    def with_density(self, tensor: str, density: float | Fraction) -> "Data":
        """Return these data with another density of a tensor, whose nonzeros may lie anywhere."""
        return replace(
            self,
            densities={**self.densities, tensor: density},
            mac_shares={of: share for of, share in self.mac_shares.items() if tensor not in of},
            zero_pairs={of: pairs for of, pairs in self.zero_pairs.items() if of != tensor},
        )


#: Nothing is zero, and every value is a word.
DENSE = Data()
