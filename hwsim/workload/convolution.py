"""A convolution, and what is one in disguise, as a loop nest with affine access maps."""

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.layer import Layer, Rank


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
    kind: str = "convolution",
) -> Layer:
    """A grouped convolution; `channels` are (input, output) channels of one group, pairs are
    (vertical, horizontal). Output row p and filter row r meet input row stride p + dilation r.
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
    )


def fully_connected(name: str, *, batch: int, features: tuple[int, int]) -> Layer:
    """A matrix product: a convolution of one output pixel, its `features` (in, out) as channels."""
    return convolution(
        name,
        batch=batch,
        groups=1,
        channels=features,
        outputs=(1, 1),
        kind="fully_connected",
    )


def _ranks(dimensions: str) -> tuple[Rank, ...]:
    return tuple(Rank(terms=((dimension, 1),)) for dimension in dimensions)
