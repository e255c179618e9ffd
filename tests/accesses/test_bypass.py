"""What bypasses a storage is counted as if the storage were not on its route."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwsim.accesses import count
from tests.bypass import opened, subsets, written
from tests.generate import Case, cases
from tests.interpreter import run

MANY = settings(max_examples=300)


@MANY
@given(st.data(), cases())
def test_a_bypass_counts_as_the_architecture_without_it_runs(
    data: st.DataObject, case: Case
) -> None:
    """Executed on the architecture without these pairs, as one would write it."""
    assume(len(case.architecture.storages) > 1)
    chip = data.draw(opened(case.architecture))
    gone = data.draw(st.sampled_from(list(subsets(chip))))
    bypassed = {
        part.name: tuple(tensor for tensor in part.holds if (part.name, tensor) in gone)
        for part in chip.storages
    }
    counted = count(chip, case.layer, replace(case.nest, bypassed=bypassed))
    assert counted == run(written(chip, gone), case.layer, case.nest)
