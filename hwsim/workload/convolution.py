"""A convolution, and what is one in disguise, as a loop nest with affine access maps."""

from dataclasses import replace
from typing import Final

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.layer import Layer, Rank

#: The padding before a side of a map, None if it is the same on both ends, and the side's length.
PaddedSide = tuple[int | None, int]
#: The kind of matrix products of two activations.
MATRIX_PRODUCT: Final = "matmul"


def convolution(
    name: str,
    *,
    batch: int,
    groups: int,
    channels: tuple[int, int],
    outputs: tuple[int, int],
    kernel: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    sides: tuple[PaddedSide, PaddedSide] | None = None,
    kind: str = "convolution",
) -> Layer:
    """A grouped convolution; `channels` are (input, output) channels of one group, pairs are
    (vertical, horizontal). Output row p and filter row r meet input row stride p + dilation r.

    `sides` are those of the input map, where they are known.
    """
    (c, m), (p, q), (r, s) = channels, outputs, kernel
    rows = Rank(terms=(("P", stride[0]), ("R", dilation[0])))
    columns = Rank(terms=(("Q", stride[1]), ("S", dilation[1])))
    return Layer(
        name=name,
        kind=kind,
        bounds={"N": batch, "G": groups, "M": m, "C": c, "P": p, "Q": q, "R": r, "S": s},
        tensors={
            WEIGHTS: _ranks("GMCRS"),
            INPUTS: (*_ranks("NGC"), rows, columns),
            OUTPUTS: _ranks("NGMPQ"),
        },
        maps={
            name: map_
            for name, rank, spans, axis in (("P", rows, (p, r), 0), ("Q", columns, (q, s), 1))
            if sides and (map_ := _map(rank, spans, sides[axis]))
        },
    )


def _map(rank: Rank, spans: tuple[int, int], side: PaddedSide) -> tuple[int, int] | None:
    """Return the padding before a side and the side's length, if windows reach beyond the side."""
    before, length = side
    last = sum(factor * (span - 1) for (_, factor), span in zip(rank.terms, spans, strict=True))
    padding = max(0, last + 1 - length)
    first = padding - padding // 2 if before is None else before
    return (first, length) if first or padding else None


def transposed_convolution(
    name: str,
    *,
    batch: int,
    groups: int,
    channels: tuple[int, int],
    inputs: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
) -> Layer:
    """A transposed convolution: input row p and filter row r add to output row stride p + dilation
    r. No inserted zero is multiplied; outputs that padding crops are computed, as padding is read.
    """
    scattered = convolution(
        name,
        batch=batch,
        groups=groups,
        channels=channels,
        outputs=inputs,
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        kind="transposed_convolution",
    )
    images_groups, window = scattered.tensors[INPUTS][:2], scattered.tensors[INPUTS][3:]
    tensors = {
        INPUTS: _ranks("NGCPQ"),
        OUTPUTS: (*images_groups, *_ranks("M"), *window),
    }
    return replace(scattered, tensors={**scattered.tensors, **tensors})


def fully_connected(
    name: str, *, batch: int, features: tuple[int, int], positions: int = 1, groups: int = 1
) -> Layer:
    """Return a matrix product: a convolution with `features` (in, out) as its channels.

    The output is a row of `positions` pixels, one where the network is no sequence. All positions
    have the same weights.
    """
    return convolution(
        name,
        batch=batch,
        groups=groups,
        channels=features,
        outputs=(1, positions),
        kind="fully_connected",
    )


def matrix_product(name: str, *, groups: int, rows: int, depth: int, columns: int) -> Layer:
    """`groups` products of two activations, rows x depth times depth x columns.

    The right operand has the place of the weights. In attention it differs from head to head and
    from image to image, so each head of each image is a group.
    """
    product = convolution(
        name,
        batch=1,
        groups=groups,
        channels=(depth, columns),
        outputs=(1, rows),
        kind=MATRIX_PRODUCT,
    )
    return replace(product, trained=False)


def _ranks(dimensions: str) -> tuple[Rank, ...]:
    return tuple(Rank(terms=((dimension, 1),)) for dimension in dimensions)
