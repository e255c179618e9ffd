"""Words that move together, against the nest executed MAC by MAC."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.accesses import count
from hwsim.accesses.counts import Sizes
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Storage
from tests.generate import Case, any_layers, cases
from tests.interpreter import together

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples


def in_rows(chip: Architecture) -> Architecture:
    """The chip with rows charged whole in all its storages."""
    parts = {
        name: replace(part, charging=replace(part.charging, rows="whole"))
        if isinstance(part, Storage)
        else part
        for name, part in chip.components.items()
    }
    return replace(chip, components=parts)


@settings(max_examples=max(600, CHOSEN))
@given(st.one_of(cases(), cases(joint=True), cases(any_layers(macs=400))))
def test_words_move_together_as_they_run(case: Case) -> None:
    """Of every link, at both ends: how many moves there are of each size."""
    chip = in_rows(case.architecture)
    executed = together(chip, case.layer, case.nest)
    for flow in count(chip, case.layer, case.nest).flows:
        above, below = executed[flow.link]
        assert flow.above == above, flow.link
        assert flow.below == (below if flow.link.child != chip.compute.name else {}), flow.link
        assert _words(flow.above) == flow.visits


def _words(sizes: Sizes) -> int:
    return sum(size * often for size, often in sizes.items())
