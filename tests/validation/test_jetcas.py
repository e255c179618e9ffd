"""More PEs: Chen, Yang, Emer, Sze, "Eyeriss v2", JETCAS 9(2), 2019, section III-D, figure 14b."""

import pytest

from tests.validation.script import validation


@pytest.mark.parametrize("layer", validation.FC)
def test_fully_connected_layers_do_not_gain_from_more_pes(layer: str) -> None:
    """From 256 PEs on the filter network binds: as many cycles with 1024."""
    results = [validation.scaled(layer, side) for side in (16, 32)]
    assert {result.cost.bound_by for result in results} == {"filter_network"}
    assert len({result.cost.cycles for result in results}) == 1
