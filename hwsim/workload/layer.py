"""A layer: a loop nest over named dimensions, and where in each tensor an iteration touches."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from hwsim.vocabulary import OUTPUTS, WEIGHTS
from hwsim.workload.data import DENSE, Data
from hwsim.workload.span import distinct


@dataclass(frozen=True, kw_only=True)
class Rank:
    """One rank of a tensor: the affine expression that indexes it, as (dimension, coefficient)s."""

    terms: tuple[tuple[str, int], ...]

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that move along this rank."""
        return tuple(dimension for dimension, _ in self.terms)

    @property
    def slides(self) -> bool:
        """Whether tiles along this rank overlap: two dimensions move along it."""
        return len(self.terms) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A priced layer: `bounds` of its dimensions and, for every tensor, the ranks that index it.

    One iteration is one multiply-accumulate. Zero padding counts as data: an input index may lie
    in it. No dimension occurs in two ranks of one tensor. `data` says what is in the tensors,
    `trained` whether the weights are the network's own: those of attention are computed.
    """

    name: str
    kind: str
    bounds: Mapping[str, int]
    tensors: Mapping[str, tuple[Rank, ...]]
    data: Data = DENSE
    trained: bool = True

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole batch."""
        return prod(self.bounds.values())

    def dimensions_of(self, tensor: str) -> frozenset[str]:
        """The dimensions that the tensor's index depends on."""
        return frozenset(name for rank in self.tensors[tensor] for name in rank.dimensions)

    @property
    def parameters(self) -> int:
        """Weights that the network has for this layer, without biases."""
        return self.words(WEIGHTS) if self.trained else 0

    @property
    def summed(self) -> frozenset[str]:
        """The dimensions whose iterations add to an output that others of them add to, too.

        They are those that no output's index depends on and, where windows of the outputs overlap
        (transposed convolutions), those that move along the window.
        """
        kept = set[str]()
        for rank in self.tensors[OUTPUTS]:
            iterations = prod(self.bounds[name] for name in rank.dimensions)
            if distinct(rank.terms, self.bounds) == iterations:
                kept.update(rank.dimensions)
        return frozenset(self.bounds.keys() - kept)

    def words(self, tensor: str) -> int:
        """Elements of the tensor that the layer touches, padding included."""
        return prod(distinct(rank.terms, self.bounds) for rank in self.tensors[tensor])
