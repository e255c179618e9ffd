"""What is published of the Eyeriss chip and of its dataflow, for docs/validation.md."""

from dataclasses import dataclass
from math import ceil

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

WORD_BYTES = 2


@dataclass(frozen=True)
class Chip:
    """A CONV layer of AlexNet on the Eyeriss chip: Chen, Krishna, Emer, Sze, JSSC 52(1), 2017.

    Shape and mapping from table III in its letters, with H the padded input, C the input channels
    of a group and M the output channels of all groups; measurements at batch 4 from table V.
    """

    H: int
    R: int
    E: int
    C: int
    M: int
    groups: int
    m: int
    n: int
    e: int
    buffer_mb: float
    active_pes: int
    processing_ms: float


JSSC = {
    "conv1": Chip(227, 11, 55, 3, 96, 1, 96, 1, 7, 18.5, 154, 16.5),
    "conv2": Chip(31, 5, 27, 48, 256, 2, 64, 1, 27, 77.6, 135, 39.2),
    "conv3": Chip(15, 3, 13, 256, 384, 1, 64, 4, 13, 50.2, 156, 21.8),
    "conv4": Chip(15, 3, 13, 192, 384, 2, 64, 4, 13, 37.4, 156, 16.0),
    "conv5": Chip(15, 3, 13, 192, 256, 2, 64, 4, 13, 24.9, 156, 10.0),
}
CHIP_BATCH = 4


def dram_formula_mb(layer: str) -> dict[str, float]:
    """DRAM traffic of the chip without compression, from its mapping: filters are read again for
    each strip of e rows and each n images, inputs for each m filters; outputs are written once."""
    of, batch = JSSC[layer], CHIP_BATCH
    strips, passes = ceil(of.E / of.e), ceil(of.M / of.groups / of.m)
    words = {
        WEIGHTS: of.M * of.C * of.R**2 * (batch // of.n) * strips,
        INPUTS: batch * of.groups * of.C * of.H**2 * passes,
        OUTPUTS: batch * of.M * of.E**2,
    }
    return {tensor: number * WORD_BYTES / 1e6 for tensor, number in words.items()}


@dataclass(frozen=True)
class Figure10:
    """Energy of row stationary in 1e9 MACs, batch 16: Chen, Emer, Sze, ISCA 2016, figure 10.

    The digits are those that nn_dataflow (Gao et al., ASPLOS 2017) asserts in its test
    `test_eyeriss_isca16`. `readings` of (inputs, weights) from DRAM would make this DRAM energy,
    outputs being written once; they are ours, not the paper's.
    """

    alu: float
    dram: float
    rf: float
    readings: tuple[int, int] | None


ISCA16 = {
    "conv1": Figure10(1.69, 2.46, 6.75, None),
    "conv2": Figure10(3.58, 2.27, 14.33, (4, 8)),
    "conv3": Figure10(2.39, 2.02, 9.57, (6, 4)),
    "conv4": Figure10(1.79, 1.57, 7.18, (3, 4)),
    "conv5": Figure10(1.20, 1.05, 4.78, (2, 4)),
}
ISCA16_BATCH = 16

#: Row stationary and its baselines, at equal area.
DATAFLOWS = ("isca16_rs", "isca16_ws", "isca16_osa", "isca16_osb", "isca16_osc", "isca16_nlr")
#: mm2 a byte of their buffers: see `archs/isca16_ws.yaml`.
OF_BUFFERS = 12.70e-6
#: Layers, and the batch at which they are compared.
PARTS = (("conv*", ISCA16_BATCH), ("fc*", 32))

#: Of each tensor: the dimension that reuses it, and the two that index it.
REUSE = {INPUTS: ("M", "C", "N"), WEIGHTS: ("N", "C", "M"), OUTPUTS: ("C", "M", "N")}
LEVELS = ("DRAM", "buffer", "array", "RF")
Uses = tuple[int, int, int, int]
USES: tuple[Uses, ...] = ((1, 2, 3, 4), (2, 3, 3, 2))


def equation_3(a: int, b: int, c: int, d: int) -> list[int]:
    """ISCA 2016, eq. 3, level by level: an input or a weight used a, b, c, d times."""
    return [a * 200, a * b * 6, a * b * c * 2, a * b * c * d]


def equation_4(a: int, b: int, c: int, d: int) -> list[int]:
    """ISCA 2016, eq. 4, level by level: a partial sum accumulated a, b, c, d times."""
    return [(2 * a - 1) * 200, 2 * a * (b - 1) * 6, a * b * (c - 1) * 2, 2 * a * b * c * (d - 1)]
