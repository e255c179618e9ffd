"""A section of docs/validation.md: products of matrices on systolic arrays, beside SCALE-Sim."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

from markdown import table

from hwsim import load_architecture, simulate
from hwsim.cost import Cost
from hwsim.workload.convolution import convolution
from hwsim.workload.network import Network

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
SHOWN = (8, 16)
WEIGHTS_STAY, OUTPUTS_STAY = EXAMPLES / "systolic.yaml", EXAMPLES / "systolic_outputs.yaml"


@dataclass(frozen=True, kw_only=True)
class Product:
    """The product of a rows x summed and a summed x columns matrix, and SCALE-Sim's cycles."""

    stationary: str
    height: int
    width: int
    rows: int
    columns: int
    summed: int
    cycles: int

    @property
    def name(self) -> str:
        """Its sizes."""
        return f"{self.rows} x {self.summed} x {self.columns}"

    @property
    def ends(self) -> int:
        """The cycles to the end of the last one, which SCALE-Sim counts from 0."""
        return self.cycles + 1

    @property
    def unfilled(self) -> int:
        """The rows of weights, or of inputs, that SCALE-Sim moves into parts of the array that hold
        none, and the cycles for those that are not as wide as the array.
        """
        if self.stationary == "outputs":
            return 0
        across = self.columns if self.stationary == "weights" else self.rows
        folds = ceil(self.summed / self.height) * ceil(across / self.width)
        return (self.height * self.width * folds - self.summed * across) // self.width


@cache
def published() -> tuple[Product, ...]:
    """The products, as SCALE-Sim has them."""
    lines = (HERE / "systolic.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return tuple(
        Product(
            stationary=row.pop("stationary"), **{name: int(number) for name, number in row.items()}
        )
        for row in rows
    )


def cost(product: Product) -> Cost:
    """What hwsim says; inputs that stay are weights of the transposed product."""
    rows, columns = product.rows, product.columns
    if product.stationary == "inputs":
        rows, columns = columns, rows
    layer = convolution(
        product.name, batch=rows, groups=1, channels=(product.summed, columns), outputs=(1, 1)
    )
    sets = [
        f"components.array.axes.rows={product.height}",
        f"components.array.axes.columns={product.width}",
    ]
    if product.stationary != "outputs":
        sets.append(f"components.weight_wires.bandwidth_words_per_cycle={product.width}")
    machine = OUTPUTS_STAY if product.stationary == "outputs" else WEIGHTS_STAY
    network = Network(name="products", title="", source="", batch=1, nodes=(), layers=(layer,))
    chip = load_architecture(machine, sets)
    return simulate(chip, network, objective="cycles").cost


def systolic() -> Iterator[str]:
    """Cycles of products of matrices, by what stays in the array."""
    yield """\
## Systolic arrays in SCALE-Sim

SCALE-Sim 3.0.0 (PyPI `scalesim`), compute cycles of products of matrices; it counts from 0, so the
last one ends one later (`docs/systolic.csv` says how they were made). hwsim:
`examples/systolic.yaml` and `examples/systolic_outputs.yaml`, arrays that hand words on
(`skew_cycles`), with one buffer; inputs that stay are weights of the transposed product. On 8 x 16
PEs; 4 x 4 and 16 x 16 are alike (`tests/validation/test_scalesim.py`).
"""
    rows = []
    for it in published():
        if (it.height, it.width) != SHOWN:
            continue
        ours = cost(it)
        rows.append(
            [
                it.stationary,
                it.name,
                f"{it.ends:,}",
                f"{ours.cycles:,}",
                f"{ours.compute_cycles:,}",
                f"{ours.fill_cycles:,}",
                f"{sum(ours.stall_cycles.values()):,}",
                f"{ours.cycles - it.ends}",
            ]
        )
    heads = ("product", "SCALE-Sim", "hwsim", "computing", "filling", "waiting", "difference")
    yield from table(("what stays", *heads), rows)
    yield """\
Outputs that stay are exact, and so is every product whose tiles fill the array. Where a tile of
weights is smaller than the array, SCALE-Sim shifts in rows and columns of nothing; hwsim moves the
weights that there are, and the differences are these rows. How outputs that stayed leave the array
costs nothing in SCALE-Sim, nor here, as no bandwidth is said for it.
"""
