"""Areas that shipped architectures declare, beside what is published of them."""

import pytest

from hwsim import load_architecture
from hwsim.specification import shipped

BASELINES = [name for name in shipped("architecture") if name.startswith("isca16_")]
#: mm2 a byte of buffers: see `archs/isca16_ws.yaml`.
OF_BUFFERS = 12.70e-6


@pytest.mark.parametrize("name", BASELINES)
def test_the_dataflows_of_isca_2016_have_equal_storage_area(name: str) -> None:
    """Chen, Emer, Sze, ISCA 2016, section VI-B: that of row stationary, to a hundredth of a mm2."""
    area, of = (sum(load_architecture(it).areas.values()) for it in (name, "isca16_rs"))
    assert len(BASELINES) == 6
    assert float(area) == pytest.approx(4.40, abs=0.005)
    assert float(area) == pytest.approx(float(of), rel=1e-4)


@pytest.mark.parametrize("name", BASELINES)
def test_the_area_of_a_buffer_is_that_of_its_bytes(name: str) -> None:
    """An edited capacity needs an edited area."""
    chip = load_architecture(name)
    declared = chip.declared["components"]["buffer"]["capacity_bytes"]
    assert chip.components["buffer"].area_mm2 == pytest.approx(declared * OF_BUFFERS)
