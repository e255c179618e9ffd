"""A section of docs/validation.md: counts of a reference design of Timeloop, in its own mapping."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown import table

from hwsim import load_architecture
from hwsim.accesses.traffic import Accesses, accesses
from hwsim.mapping.nest import nest
from hwsim.priced import Priced, priced
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.convolution import convolution

MACHINE = Path(__file__).parents[1] / "examples" / "output_stationary.yaml"
#: Timeloop's mapping of 3 to 32 channels, windows of 3 x 3 at stride 2 over 225 x 225 inputs.
TILES = {
    "dram": {"P": 56, "Q": 14, "M": 16},
    "glb": {"Q": 1, "R": 1},
    "pe.x": {"M": 1},
    "spad": {"C": 1, "P": 14, "S": 1},
    "weight_reg": {"P": 1},
}
#: What Timeloop's statistics say.
CYCLES = 677376
COUNTS = {
    ("dram", WEIGHTS, "reads"): 13824,
    ("dram", INPUTS, "reads"): 157296,
    ("glb", WEIGHTS, "reads"): 774144,
    ("glb", INPUTS, "reads"): 677376,
    ("spad", OUTPUTS, "reads"): 10436608,
    ("spad", OUTPUTS, "writes"): 10838016,
    ("output_reg", OUTPUTS, "reads"): 10436608,
    ("output_reg", OUTPUTS, "writes"): 21274624,
}


@cache
def design() -> Priced:
    """The layer on the design."""
    machine = load_architecture(MACHINE)
    layer = convolution(
        "conv",
        batch=1,
        groups=1,
        channels=(3, 32),
        outputs=(112, 112),
        kernel=(3, 3),
        stride=(2, 2),
    )
    return priced(machine, layer, nest(tuple(place.name for place in machine.places), TILES))


def counted(component: str, tensor: str, does: str) -> int:
    """What hwsim counts."""
    of: Accesses = accesses(design().words)[component][tensor]
    return of.reads if does == "reads" else of.writes


def counts() -> Iterator[str]:
    """Timeloop's counts, and hwsim's."""
    yield """\
## Timeloop's counts

timeloop-accelergy-exercises, `simple_output_stationary`, in Timeloop's own mapping: words read and
written, as its statistics have them. hwsim: `examples/output_stationary.yaml`, with the conventions
of Timeloop; partial sums are written at the end of a stay, and not read (`drains: written`).
"""
    cycles = design().cost.cycles
    rows = [["cycles", f"{CYCLES:,}", f"{cycles:,}", _off(cycles, CYCLES)]]
    for (component, tensor, does), published in COUNTS.items():
        ours = counted(component, tensor, does)
        rows.append(
            [f"{component}, {tensor}, {does}", f"{published:,}", f"{ours:,}", _off(ours, published)]
        )
    yield from table(("", "Timeloop", "hwsim", "difference"), rows)
    yield """\
Inputs from DRAM are the one difference. Two tiles of output rows need 113 input rows each, of 3
channels. Of columns there are 8 tiles of 29, each of which overlaps the next one by one: Timeloop
reads 2 x 113 x 3 x 232 words, and hwsim, which keeps the overlap, 2 x 113 x 3 x 225.
"""


def _off(ours: int, published: int) -> str:
    return "0" if ours == published else f"{ours / published - 1:+.1%}"
