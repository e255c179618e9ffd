"""Every kind of component: each of its actions costs, where it is done and whatever charges it."""

import pytest

from hwsim.architecture.components import COMPONENT_KINDS, Component, Compute
from hwsim.cost.energy import CHARGE_BY
from hwsim.vocabulary import TENSORS
from tests.build import architecture, array, compute, fully_connected, mapping, storage
from tests.cost.priced import cost_of

ACTIONS = [(kind, action) for kind in COMPONENT_KINDS.values() for action in kind.ACTIONS]


def of_kind(kind: type[Component], action: str) -> Component:
    """A component whose only energy is that of the action."""
    part = {"holds": [*TENSORS], "energy": {action: 1}}
    return kind.declared("it", part, {"charging": {}})


@pytest.mark.parametrize("charge_by", CHARGE_BY)
@pytest.mark.parametrize(("kind", "action"), ACTIONS)
def test_every_action_costs_what_it_says_where_it_is_done(
    kind: type[Component], action: str, charge_by: str
) -> None:
    """An energy that nothing charges would be one that a file gives for nothing."""
    it = of_kind(kind, action)
    chip = architecture(
        storage("dram", read=0.0, write=0.0),
        *(() if isinstance(it, Compute) else (it,)),
        array("pes", x=2),
        storage("spad", read=0.0, write=0.0),
        it if isinstance(it, Compute) else compute(energy=0.0),
        charge_by=charge_by,
    )
    nest = mapping(chip, {"dram": {"C": 2, "M": 1}, "pes.x": {"C": 1}})
    spent = cost_of(chip, fully_connected(M=3, C=4), nest).by_component
    assert {name for name, energy in spent.items() if energy} == {"it"}
