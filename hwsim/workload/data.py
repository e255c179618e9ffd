"""What the tensors of a layer contain, as far as it costs: shares of nonzeros, bits of a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """By tensor, the share of its elements that are not zero, padding counted as zeros; 1 where
    nothing is said.
    """

    densities: Mapping[str, float] = field(default_factory=dict)

    def density(self, tensor: str) -> float:
        """The share of the tensor's elements that are not zero."""
        return self.densities.get(tensor, 1.0)


#: Nothing is zero.
DENSE = Data()
