"""A section of docs/validation.md: MACs that are skipped where the zeros really lie."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from markdown import table
from numpy.typing import NDArray

from hwsim import data_of, load_architecture, simulate
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.convolution import convolution
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network

HERE = Path(__file__).parent
SIZES = ("filters", "height", "width", "cycles")
MACHINE = HERE.parent / "examples" / "skipping_pe.yaml"


@dataclass(frozen=True, kw_only=True)
class Sparse:
    """A 1x1 convolution with the nonzero weights and inputs of each of its channels."""

    name: str
    filters: int
    height: int
    width: int
    cycles: int
    weights: tuple[int, ...]
    inputs: tuple[int, ...]

    @property
    def layer(self) -> Layer:
        """The layer without zeros."""
        channels = (len(self.weights), self.filters)
        outputs = (self.height, self.width)
        return convolution(self.name, batch=1, groups=1, channels=channels, outputs=outputs)

    @property
    def shares(self) -> dict[str, float]:
        """The share of nonzeros of each operand."""
        channels = len(self.weights)
        return {
            WEIGHTS: sum(self.weights) / (channels * self.filters),
            INPUTS: sum(self.inputs) / (channels * self.height * self.width),
        }

    @property
    def arrays(self) -> dict[str, NDArray[np.bool_]]:
        """Arrays with as many nonzeros in each channel; where in it they lie does not matter."""
        pixels = self.height * self.width
        weights = np.arange(self.filters)[:, None] < np.array(self.weights)
        inputs = np.arange(pixels) < np.array(self.inputs)[:, None]
        maps = inputs.reshape(1, -1, self.height, self.width)
        return {WEIGHTS: weights[..., None, None], INPUTS: maps}


@cache
def published() -> dict[str, Sparse]:
    """The layers, as Sparseloop's artifact has them."""
    lines = (HERE / "eyeriss_v2_pe.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["layer"]: _sparse(row) for row in rows}


def _sparse(row: dict[str, str]) -> Sparse:
    weights, inputs = (tuple(map(int, row[key].split())) for key in ("weights", "inputs"))
    filters, height, width, cycles = (int(row[key]) for key in SIZES)
    return Sparse(
        name=row["layer"],
        filters=filters,
        height=height,
        width=width,
        cycles=cycles,
        weights=weights,
        inputs=inputs,
    )


@cache
def cycles(name: str, where: bool) -> int:
    """The cycles of the processing element; with the zeros `where` they lie, or anywhere."""
    of = published()[name]
    data = data_of(of.layer, of.arrays) if where else Data(densities=of.shares)
    layer = replace(of.layer, data=data)
    network = Network(name="mobilenet", title="", source="", batch=1, nodes=(), layers=(layer,))
    return simulate(load_architecture(MACHINE), network).cost.cycles


def skipping() -> Iterator[str]:
    """What a processing element that skips zeros gains, layer by layer."""
    yield """\
## Skipped zeros in Eyeriss v2

Wu, Tsai, Parashar, Sze, Emer, "Sparseloop", MICRO 2022, figure 12: Eyeriss v2's processing element
on 1x1 convolutions of a sparse MobileNet 0.5, in cycles of the artifact's ground truth. hwsim:
`examples/skipping_pe.yaml`, with as many zeros in every channel as the artifact's masks have
(`hwsim.data_of`); and with densities alone, as if zeros lay anywhere.
"""
    rows = []
    for name, of in published().items():
        exact, anywhere = cycles(name, True), cycles(name, False)
        shares = [f"{share:.0%}" for share in of.shares.values()]
        rows.append(
            [
                name,
                *shares,
                f"{of.cycles:,}",
                f"{exact:,}",
                f"{exact - of.cycles}",
                f"{anywhere:,}",
                f"{anywhere / of.cycles - 1:+.1%}",
            ]
        )
    heads = ("weights", "inputs", "published", "hwsim", "difference", "densities", "difference")
    yield from table(("", *heads), rows)
    yield """\
With the zeros where they are, all eight are exact: the element does one MAC a cycle, for each pair
of a nonzero weight and a nonzero input of the same channel. Densities alone are 1 to 7 % too quick:
from channel to channel the two counts rise together, and some channels have none of either.
"""
