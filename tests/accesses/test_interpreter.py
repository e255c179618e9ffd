"""The judge itself, on cases small enough to work out by hand."""

import pytest

from hwsim.accesses import Counts, Work
from hwsim.architecture.architecture import Architecture
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import architecture, array, compute, convolution, fully_connected, mapping, storage
from tests.interpreter import run


def spads(x: int, *, operands: str = "every_mac") -> Architecture:
    """A DRAM and `x` PEs with a scratchpad each."""
    pes = array("pes", x=x)
    return architecture(storage("dram"), pes, storage("spad"), compute(), operands=operands)


def flow(counts: Counts, tensor: str, child: str) -> tuple[int, int, int]:
    """Visits, arrivals and returned of the tensor's link down to `child`."""
    (found,) = [f for f in counts.flows if (f.link.tensor, f.link.child) == (tensor, child)]
    return found.visits, found.arrivals, found.returned


def test_a_window_slides() -> None:
    """Rows 012, 123, 234 of a filter of 3 over 3 output rows: 3 + 1 + 1 inputs arrive, not 9.

    The three weights stay; each output visits once and never returns.
    """
    chip = spads(1)
    nest = mapping(chip, {"dram": {"P": 1}, "spad": {"R": 1}})
    counts = run(chip, convolution(P=3, R=3), nest)
    assert flow(counts, INPUTS, "spad") == (5, 5, 0)
    assert flow(counts, WEIGHTS, "spad") == (3, 3, 0)
    assert flow(counts, OUTPUTS, "spad") == (3, 3, 0)


def test_a_stride_larger_than_the_filter_leaves_holes() -> None:
    """Stride 3, filter 2: rows 01, 34, 67 are new each time; 2 and 5 are never touched."""
    chip = spads(1)
    nest = mapping(chip, {"dram": {"P": 1}, "spad": {"R": 1}})
    counts = run(chip, convolution(P=3, R=2, stride=3), nest)
    assert flow(counts, INPUTS, "spad") == (6, 6, 0)


def test_dilated_windows_interleave() -> None:
    """Dilation 2, filter 2, stride 1: 02, 13, 24, 35. Only the last window is held: nothing stays.

    With two output rows a tile they are 0123 and 2345: 2 and 3 stay.
    """
    chip, layer = spads(1), convolution(P=4, R=2, dilation=2)
    by_one = mapping(chip, {"dram": {"P": 1}, "spad": {"R": 1}})
    by_two = mapping(chip, {"dram": {"P": 2}, "spad": {"P": 1, "R": 1}})
    assert flow(run(chip, layer, by_one), INPUTS, "spad") == (8, 8, 0)
    assert flow(run(chip, layer, by_two), INPUTS, "spad") == (6, 6, 0)


def test_a_wrap_of_the_filter_loop_slides_backwards() -> None:
    """P outside R, both in time: rows 0 1, 1 2, 2 3. The wrap from 1 to 1 keeps the row: 4 of 6."""
    chip = spads(1)
    nest = mapping(chip, {"dram": {"P": 1, "R": 1}})
    assert flow(run(chip, convolution(P=3, R=2), nest), INPUTS, "spad") == (4, 4, 0)


def test_a_diagonal_is_multicast() -> None:
    """3 output rows by 2 filter rows on 6 PEs: input rows 01, 12, 23 are 4 reads, 6 deliveries.

    Each weight is read once for 3 PEs; two PEs add up each output: 3 updates of 6 contributions.
    """
    chip = architecture(storage("dram"), array("pes", x=3, y=2), storage("spad"), compute())
    nest = mapping(chip, {"pes.x": {"P": 1}, "pes.y": {"R": 1}})
    counts = run(chip, convolution(P=3, R=2), nest)
    assert flow(counts, INPUTS, "spad") == (4, 6, 0)
    assert flow(counts, WEIGHTS, "spad") == (2, 6, 0)
    assert flow(counts, OUTPUTS, "spad") == (3, 6, 0)


def test_without_multicast_every_delivery_is_read() -> None:
    """The same diagonal with multicast of weights only: 6 reads of inputs, still 2 of weights."""
    pes = array("pes", x=3, y=2, multicast=(WEIGHTS,))
    chip = architecture(storage("dram"), pes, storage("spad"), compute())
    nest = mapping(chip, {"pes.x": {"P": 1}, "pes.y": {"R": 1}})
    counts = run(chip, convolution(P=3, R=2), nest)
    assert flow(counts, INPUTS, "spad") == (6, 6, 0)
    assert flow(counts, WEIGHTS, "spad") == (2, 6, 0)
    assert flow(counts, OUTPUTS, "spad") == (3, 6, 0)


def test_a_partial_sum_is_read_back() -> None:
    """3 input channels outside 2 output channels: each output visits 3 times, and returns twice."""
    chip = spads(1)
    nest = mapping(chip, {"dram": {"C": 1, "M": 1}})
    counts = run(chip, fully_connected(M=2, C=3), nest)
    assert flow(counts, OUTPUTS, "spad") == (6, 6, 4)
    assert flow(counts, INPUTS, "spad") == (3, 3, 0)


def test_a_partial_sum_that_stays_is_not_read_back() -> None:
    """The same loops the other way round: each output is finished in its one visit."""
    chip = spads(1)
    nest = mapping(chip, {"dram": {"M": 1, "C": 1}})
    counts = run(chip, fully_connected(M=2, C=3), nest)
    assert flow(counts, OUTPUTS, "spad") == (2, 2, 0)
    assert flow(counts, INPUTS, "spad") == (6, 6, 0)


def test_a_value_from_above_is_a_value() -> None:
    """4 outputs come to the buffer twice, with 2 channels each time, the second time with a value.

    In each stay an output visits the spad twice: in its first stay one of these returns, in its
    second stay both. So 4 of 8 return to the buffer, and 4 x (1 + 2) of 16 to the spad.
    """
    chip = architecture(storage("dram"), storage("buffer"), storage("spad"), compute())
    nest = mapping(chip, {"dram": {"C": 2, "M": 2}, "buffer": {"C": 1, "M": 1}})
    counts = run(chip, fully_connected(M=4, C=4), nest)
    assert flow(counts, OUTPUTS, "buffer") == (8, 8, 4)
    assert flow(counts, OUTPUTS, "spad") == (16, 16, 12)


def test_a_partial_tile_is_what_is_left() -> None:
    """5 = 3 + 2 output channels on 3 PEs: 5 weights arrive in 2 steps, with 3 and 2 PEs at work."""
    chip = spads(3)
    nest = mapping(chip, {"dram": {"M": 3}, "pes.x": {"M": 1}})
    counts = run(chip, fully_connected(M=5, C=1), nest)
    assert flow(counts, WEIGHTS, "spad") == (5, 5, 0)
    assert flow(counts, INPUTS, "spad") == (1, 3, 0)
    assert counts.work["mac"] == Work(steps=2, instance_steps=5, peak=3)
    assert counts.work["spad"] == Work(steps=2, instance_steps=5, peak=3)
    assert counts.work["dram"] == Work(steps=1, instance_steps=1, peak=1)


def test_an_idle_instance_keeps_what_it_holds() -> None:
    """3 = 2 + 1 output channels on 2 PEs, for 2 images: PE 0 holds weights 0 2 0 2, PE 1 holds 1.

    PE 1 rests while PE 0 works on channel 2, and has its weight still: 4 + 1 arrive. Each image's
    input stays for PE 0's two channels, and is there for PE 1: read twice, delivered to both.
    """
    chip = spads(2)
    nest = mapping(chip, {"dram": {"N": 1, "M": 2}, "pes.x": {"M": 1}})
    counts = run(chip, fully_connected(M=3, C=1, N=2), nest)
    assert flow(counts, WEIGHTS, "spad") == (5, 5, 0)
    assert flow(counts, INPUTS, "spad") == (2, 4, 0)


def test_partial_sums_are_added_up_on_their_way() -> None:
    """8 channels as 2 in time x 2 clusters x 2 PEs, 1 output. The stay never ends: 1 visit each.

    The dram is updated once from 2 buffers, each buffer once from its 2 spads, each of which its
    MAC updates in 2 steps: 4 x 2 visits, of which the second returns.
    """
    chip = architecture(
        storage("dram"),
        array("clusters", x=2),
        storage("buffer"),
        array("pes", x=2),
        storage("spad"),
        compute(),
    )
    nest = mapping(chip, {"dram": {"C": 4}, "clusters.x": {"C": 2}, "pes.x": {"C": 1}})
    counts = run(chip, fully_connected(M=1, C=8), nest)
    assert flow(counts, OUTPUTS, "buffer") == (1, 2, 0)
    assert flow(counts, OUTPUTS, "spad") == (2, 4, 0)
    assert flow(counts, OUTPUTS, "mac") == (8, 8, 4)


def test_one_instance_receives_the_earlier_partial_sum() -> None:
    """2 outputs x 4 channels, 2 of them in space: the second visit of each returns, to PE 0 only.

    Dram to spad: 2 x 2 visits of 2 contributions, 2 return. In the spads 2 x 2 stays of one MAC
    visit per PE: those of PE 0's second stays have a value, 2 of 8.
    """
    chip = spads(2)
    nest = mapping(chip, {"dram": {"C": 2, "M": 1}, "pes.x": {"C": 1}})
    counts = run(chip, fully_connected(M=2, C=4), nest)
    assert flow(counts, OUTPUTS, "spad") == (4, 8, 2)
    assert flow(counts, OUTPUTS, "mac") == (8, 8, 2)


@pytest.mark.parametrize(
    ("operands", "weights", "outputs"),
    [("every_mac", (6, 6, 0), (6, 6, 4)), ("latched", (3, 3, 0), (6, 6, 4))],
)
def test_latched_operands_stay_until_the_next_differs(
    operands: str, weights: tuple[int, int, int], outputs: tuple[int, int, int]
) -> None:
    """3 filter rows outside 2 output rows, 6 MACs: weights 0 0 1 1 2 2 are 3 latched, 6 otherwise.

    Outputs 0 1 0 1 0 1 change at every MAC.
    """
    chip = spads(1, operands=operands)
    nest = mapping(chip, {"spad": {"R": 1, "P": 1}})
    counts = run(chip, convolution(P=2, R=3), nest)
    assert flow(counts, WEIGHTS, "mac") == weights
    assert flow(counts, OUTPUTS, "mac") == outputs


def test_a_bypassed_storage_holds_nothing() -> None:
    """Weights go from the dram straight to the spad, though loops run at the buffer."""
    chip = architecture(
        storage("dram"), storage("buffer", INPUTS, OUTPUTS), storage("spad"), compute()
    )
    nest = mapping(chip, {"dram": {"M": 1}, "buffer": {"N": 1}})
    counts = run(chip, fully_connected(M=2, C=1, N=3), nest)
    assert [f.link.child for f in counts.flows if f.link.tensor == WEIGHTS] == ["spad", "mac"]
    assert flow(counts, WEIGHTS, "spad") == (2, 2, 0)
    assert flow(counts, INPUTS, "buffer") == (3, 3, 0)
    assert flow(counts, INPUTS, "spad") == (6, 6, 0)


def test_what_is_not_tiled_down_to_one_does_not_run() -> None:
    """The innermost loop of a dimension has tile 1, else an iteration is more than one MAC."""
    chip = spads(1)
    with pytest.raises(AssertionError, match="not tiled down to 1"):
        run(chip, fully_connected(M=4, C=1), mapping(chip, {"dram": {"M": 2}}))
