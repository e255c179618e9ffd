"""What zeros save: JSSC 2017, table V, on the chip; CVPR 2017 as pruning estimates it."""

import pytest

from tests.validation.script import zeros

#: JSSC 2017, table V; a last digit of 0.1 MB leaves 0.05 open.
DRAM_MB = {"conv2": 4.0, "conv3": 3.0, "conv4": 2.1, "conv5": 1.3}
LAST_DIGIT = 0.05


@pytest.mark.parametrize("layer", DRAM_MB)
def test_encoded_dram_traffic_is_what_was_measured(layer: str) -> None:
    """Within 3 %, or within what the printed digits leave open."""
    ours = sum(zeros.encoded_mb(layer).values())
    assert ours == pytest.approx(DRAM_MB[layer], rel=0.03) or (
        abs(ours - DRAM_MB[layer]) <= LAST_DIGIT
    )


def test_conv1_reads_the_overlap_of_its_strips_again() -> None:
    """5.0 MB were measured; hwsim makes 5.25, and 4.98 if each input row were read once."""
    of = zeros.encoded_mb("conv1")
    assert sum(of.values()) == pytest.approx(5.25, abs=0.005)
    assert sum(of.values()) - of["inputs"] * (1 - 227 / 276) == pytest.approx(4.98, abs=0.005)


def test_alexnet_pruned_by_magnitude_keeps_6_79_million_weights() -> None:
    """Han et al.: the layers' shares make what CVPR 2017 says."""
    assert zeros.nonzero_weights("alexnet_deep_compression") == pytest.approx(6.79e6, rel=0.002)


def test_macs_not_skipped_are_near_the_papers() -> None:
    """3.71e8 dense and 1.79e8 pruned: ours within 6 %, as feature maps have other zeros."""
    assert zeros.macs_not_skipped("alexnet_dense") == pytest.approx(3.71e8, rel=0.06)
    assert zeros.macs_not_skipped("alexnet_deep_compression") == pytest.approx(1.79e8, rel=0.06)


def test_the_papers_energies_lie_between_ours_at_batches_of_4_and_16() -> None:
    """3.97e9 and 1.85e9 MACs an image; a larger batch needs less."""
    for name, (_, _, energy) in zeros.PAPER.items():
        of_4, of_16 = (zeros.energy_an_image(name, batch) for batch in (4, 16))
        assert of_16 < energy
        assert energy < of_4
