"""Timeloop's counts of a public reference design, in Timeloop's own mapping.

The design is `simple_output_stationary` of timeloop-accelergy-exercises: 3 to 32 channels, windows
of 3 x 3 at stride 2 over 225 x 225 inputs; the mapping and the counts are those of its statistics.
"""

from hwsim.accesses import count
from hwsim.accesses.traffic import Accesses, accesses, traffic
from hwsim.architecture.charging import Charging
from hwsim.cost import price
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import architecture, array, compute, convolution, mapping, storage

TIMELOOP = Charging(fills="charged", first_reads="free", drains="written")
TILES = {
    "dram": {"P": 56, "Q": 14, "M": 16},
    "glb": {"Q": 1, "R": 1},
    "pe.x": {"M": 1},
    "spad": {"C": 1, "P": 14, "S": 1},
    "weight_reg": {"P": 1},
}


def test_all_counts_of_output_stationary_are_timeloops() -> None:
    """But for inputs at the DRAM: Timeloop reads 157296, hwsim 152550, which is 2 x 3 x 113 x 225:
    the windows of neighbouring tiles of columns overlap by one, which hwsim does not read again.
    """
    chip = architecture(
        storage("dram", charging=TIMELOOP),
        storage("glb", WEIGHTS, INPUTS, charging=TIMELOOP),
        array("pe", x=16, y=16),
        *(
            storage(name, tensor, charging=TIMELOOP)
            for name, tensor in (
                ("spad", OUTPUTS),
                ("weight_reg", WEIGHTS),
                ("input_reg", INPUTS),
                ("output_reg", OUTPUTS),
            )
        ),
        compute(),
        operands="every_mac",
    )
    layer = convolution(stride=2, M=32, C=3, P=112, Q=112, R=3, S=3)
    counts = count(chip, layer, mapping(chip, TILES))
    words = traffic(chip, counts)
    at = accesses(words)
    assert price(chip, counts, words, layer).cycles == 677376
    assert at["dram"][WEIGHTS] == Accesses(reads=13824)
    assert at["dram"][INPUTS] == Accesses(reads=2 * 3 * 113 * 225)
    assert at["glb"][WEIGHTS] == Accesses(reads=774144, writes=13824)
    assert at["glb"][INPUTS].reads == 677376
    assert at["spad"][OUTPUTS] == Accesses(reads=10436608, writes=10838016)
    assert at["output_reg"][OUTPUTS] == Accesses(reads=10436608, writes=21274624)
