"""A layer: a loop nest over named dimensions, and where in each tensor an iteration touches."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from math import prod

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.data import DENSE, Data
from hwsim.workload.span import distinct, touches_within


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
        """Whether two dimensions move along this rank, so that tiles along it overlap."""
        return len(self.terms) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is priced: the `bounds` of its dimensions, and the ranks that index each tensor.

    Dimensions have the letters of the field, as M for filters, and a rank of a tensor is a sum of
    them with coefficients: row 2 P + R of the inputs, where windows of R rows move by two. One
    iteration is one multiply-accumulate. Zero padding counts as data: an input index may lie
    in it. No dimension occurs in two ranks of one tensor. `data` says what the tensors contain.
    `trained` says whether the weights are the network's own; those of attention are computed. For
    P and Q, where windows reach into padding, `maps` says how much padding lies before the input
    map, and how long the map is. For a dimension of a merged layer, `stands_for` says which
    dimensions it was made of.

    The layer runs `times` times, one run after another, as the steps of a recurrent layer do. Each
    run has the same weights and other inputs, and nothing is known of it before the last one has
    ended. What the layer does and costs is that of all its runs.
    """

    name: str
    kind: str
    bounds: Mapping[str, int]
    tensors: Mapping[str, tuple[Rank, ...]]
    data: Data = DENSE
    trained: bool = True
    maps: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    stands_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: int = 1

    def merges(self, dimension: str) -> tuple[str, ...]:
        """The dimensions that this one stands for: itself, or those that were merged to it."""
        return self.stands_for.get(dimension, (dimension,))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole batch, in all runs."""
        return self.times * prod(self.bounds.values())

    @property
    def once(self) -> "Layer":
        """A single run of the layer."""
        return replace(self, times=1)

    def dimensions_of(self, tensor: str) -> frozenset[str]:
        """The dimensions that the tensor's index depends on."""
        return frozenset(name for rank in self.tensors[tensor] for name in rank.dimensions)

    def mac_share(self, operands: tuple[str, ...]) -> Fraction:
        """The share of MACs in which none of the `operands` (in alphabetical order) is zero.

        If it was not measured, operands are zero independently of each other, and the first zeros
        among the inputs are the padding, which few MACs meet.
        """
        share = Fraction(1)
        for tensor in operands:
            share *= self._mac_share_of(tensor)
        return self.data.mac_shares.get(operands, share)

    def _mac_share_of(self, tensor: str) -> Fraction:
        density = self.data.density(tensor)
        if (tensor,) in self.data.mac_shares:
            return self.data.mac_shares[tensor,]
        if tensor != INPUTS or not self.maps:
            return density
        macs, inside = _inside(
            self.tensors[INPUTS], tuple(self.bounds.items()), tuple(self.maps.items())
        )
        if density <= inside:
            return macs * density / inside
        return macs + (1 - macs) * (density - inside) / (1 - inside)

    @property
    def parameters(self) -> int:
        """Weights that the network has for this layer, without biases."""
        return self.words(WEIGHTS) if self.trained else 0

    @property
    def summed(self) -> frozenset[str]:
        """The dimensions whose iterations add to one output.

        They are those that no output's index depends on. Where windows of the outputs overlap
        (transposed convolutions), they are also those that move along the window.
        """
        kept = set[str]()
        for rank in self.tensors[OUTPUTS]:
            iterations = prod(self.bounds[name] for name in rank.dimensions)
            if distinct(rank.terms, self.bounds) == iterations:
                kept.update(rank.dimensions)
        return frozenset(self.bounds.keys() - kept)

    def words(self, tensor: str) -> int:
        """Elements of the tensor that a run of the layer touches, padding included."""
        return prod(distinct(rank.terms, self.bounds) for rank in self.tensors[tensor])


@lru_cache(maxsize=1 << 10)
def _inside(
    ranks: tuple[Rank, ...],
    bounds: tuple[tuple[str, int], ...],
    maps: tuple[tuple[str, tuple[int, int]], ...],
) -> tuple[Fraction, Fraction]:
    """The shares of MACs, and of inputs of these ranks, that no padding is."""
    extents, map_of = dict(bounds), dict(maps)
    macs = inside = Fraction(1)
    for rank in ranks:
        map_ = map_of.get(rank.dimensions[0])
        if map_:
            sizes = tuple(extents[name] for name in rank.dimensions)
            iterations, indices = touches_within(rank.terms, sizes, *map_)
            macs *= Fraction(iterations, prod(sizes))
            inside *= Fraction(indices, distinct(rank.terms, extents))
    return macs, inside
