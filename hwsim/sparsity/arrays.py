"""Arrays of real values to what a layer contains: its zeros, and what depends on where they lie."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from operator import mul

import numpy as np
from numpy.typing import NDArray

from hwsim.sparsity.formats.run_length import zero_pairs
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer, Rank

Nonzero = NDArray[np.bool_]


def data_of(
    layer: Layer,
    arrays: Mapping[str, NDArray[np.generic]],
    bits: Mapping[str, int] | None = None,
) -> Data:
    """Count what a layer contains, from arrays of its tensors.

    The axes of weights are output channels, input channels of a group, rows and columns; those of
    inputs are images, channels, rows and columns, with the zero padding. In general they are the
    tensor's ranks in order, several of which may share one axis. Inputs may go on behind the last
    row and column that an output needs.

    Raises:
        ValueError: shapes do not fit; the text names all of them.
    """
    nonzero = _checked(layer, arrays)
    touched = {tensor: _touched(layer, tensor, of) for tensor, of in nonzero.items()}
    shares: dict[tuple[str, ...], Fraction] = {
        operands: Fraction(
            _macs(layer, {name: nonzero[name] for name in operands}), layer.once.macs
        )
        for operands in ((INPUTS,), (WEIGHTS,), (INPUTS, WEIGHTS))
        if set(operands) <= nonzero.keys()
    }
    return Data(
        densities={
            tensor: Fraction(int(of.sum()), layer.words(tensor)) for tensor, of in touched.items()
        },
        bits=bits or {},
        mac_shares=shares,
        zero_pairs={tensor: zero_pairs(of) for tensor, of in touched.items()},
    )


def _checked(layer: Layer, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Nonzero]:
    """Where the arrays are not zero, an axis for each rank; all that do not fit are named."""
    nonzero, problems = {}, []
    for tensor, array in arrays.items():
        if tensor not in layer.tensors:
            problems.append(f"{layer.name} has no tensor {tensor!r}")
            continue
        ranks = layer.tensors[tensor]
        sizes = [_size(layer, rank) for rank in ranks]
        try:
            nonzero[tensor] = _by_rank(np.asarray(array) != 0, ranks, sizes)
        except ValueError:
            shape, needed = (" x ".join(map(str, of)) for of in (np.shape(array), sizes))
            padded = ", padding included" if layer.maps and tensor == INPUTS else ""
            problems.append(f"{layer.name}: {tensor} of {shape} do not fit {needed}{padded}")
    if problems:
        raise ValueError("\n".join(problems))
    return nonzero


def _by_rank(nonzero: Nonzero, ranks: tuple[Rank, ...], sizes: list[int]) -> Nonzero:
    """The array with an axis for each rank, cut to these sizes: maps, whose windows slide along
    their last two axes, may go on behind the last window.
    """
    if _regrouped(nonzero.shape, sizes):
        return nonzero.reshape(sizes)
    last = nonzero.shape[-2:]
    longer = len(last) == 2 and all(
        have >= need for have, need in zip(last, sizes[-2:], strict=True)
    )
    slide = all(rank.slides for rank in ranks[-2:])
    if not (slide and longer and _regrouped(nonzero.shape[:-2], sizes[:-2])):
        raise ValueError
    spread = nonzero.reshape(*sizes[:-2], *last)
    return spread[..., : sizes[-2], : sizes[-1]]


def _regrouped(shape: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether axes of these shapes are each other's, neighbours of one side joined in one of the
    other: between two extents at which both come to the same number, one side has one axis.

    >>> _regrouped((256, 48, 5, 5), (2, 128, 48, 5, 5)), _regrouped((48, 256), (2, 128, 48))
    (True, False)
    """
    ours, theirs = ([1, *accumulate(filter(lambda n: n != 1, of), mul)] for of in (shape, sizes))
    if ours[-1] != theirs[-1]:
        return False
    common = sorted(set(ours) & set(theirs))
    return all(
        min(sum(low < end <= high for end in ends) for ends in (ours, theirs)) <= 1
        for low, high in pairwise(common)
    )


def _size(layer: Layer, rank: Rank) -> int:
    """From the first index of a rank to the last one that is touched."""
    return 1 + sum(factor * (layer.bounds[name] - 1) for name, factor in rank.terms)


def _touched(layer: Layer, tensor: str, nonzero: Nonzero) -> Nonzero:
    """The elements that the layer touches, in the order of the array."""
    indices = []
    for rank in layer.tensors[tensor]:
        index = np.zeros(1, dtype=np.int64)
        for name, factor in rank.terms:
            index = (index[:, None] + factor * np.arange(layer.bounds[name])).reshape(-1)
        indices.append(np.unique(index))
    return nonzero[np.ix_(*indices)].reshape(-1)


def _macs(layer: Layer, nonzero: Mapping[str, Nonzero]) -> int:
    """The MACs none of whose operands here is zero."""
    names = list(layer.bounds)
    views = {tensor: _by_dimension(layer, tensor, of) for tensor, of in nonzero.items()}
    of_each = [set(dimensions) for dimensions, _ in views.values()]
    shared = set.intersection(*of_each) if len(of_each) > 1 else set()
    total = np.ones((1,) * len(names), dtype=np.int64)
    for dimensions, view in views.values():
        alone = tuple(at for at, name in enumerate(dimensions) if name not in shared)
        sums = view.sum(axis=alone, dtype=np.int64)
        kept = [name for name in dimensions if name in shared]
        order = sorted(range(len(kept)), key=lambda at: names.index(kept[at]))
        shape = [layer.bounds[name] if name in shared else 1 for name in names]
        total = total * sums.transpose(order).reshape(shape)
    used = set().union(*of_each)
    repeated = [bound for name, bound in layer.bounds.items() if name not in used]
    return int(total.sum()) * int(np.prod(repeated, dtype=np.int64))


def _by_dimension(
    layer: Layer, tensor: str, nonzero: Nonzero
) -> tuple[list[str], NDArray[np.bool_]]:
    """The array, without a copy, with an axis for each dimension that moves along its ranks."""
    names, shape, strides = list[str](), list[int](), list[int]()
    for rank, stride in zip(layer.tensors[tensor], nonzero.strides, strict=True):
        for name, factor in rank.terms:
            names.append(name)
            shape.append(layer.bounds[name])
            strides.append(factor * stride)
    return names, np.lib.stride_tricks.as_strided(nonzero, shape, strides, writeable=False)
