import pytest
import torch

from prune.solvers.gram import Evidence, SampledRows, relative_error
from tests.prune.solvers.problems import rows, weights

GROUP = rows(50, 6, 3)


def test_sums_over_batches_add_up_to_those_of_all_rows() -> None:
    parts = [
        SampledRows(inputs=GROUP.inputs[some], outputs=GROUP.outputs[some]).gram()
        for some in (slice(0, 20), slice(20, 50))
    ]
    both, whole = parts[0] + parts[1], GROUP.gram()
    assert both.count == whole.count == 50
    for name in ("inputs", "cross", "energies"):
        torch.testing.assert_close(getattr(both, name), getattr(whole, name))


def test_the_error_from_sums_is_the_error_on_the_rows() -> None:
    some = weights(6, 3, seed=7)
    residual = GROUP.outputs - GROUP.inputs @ some.T
    torch.testing.assert_close(GROUP.gram().errors(some), residual.square().sum(0))
    torch.testing.assert_close(GROUP.errors(some), residual.square().sum(0))


def test_rows_of_single_precision_lose_nothing_in_the_sums() -> None:
    inputs = torch.full((100_000, 1), 1.1)
    exact = 100_000 * float(torch.tensor(1.1).double()) ** 2
    group = SampledRows(inputs=inputs, outputs=inputs)
    assert float(group.gram().inputs) == pytest.approx(exact, rel=1e-12)


def test_a_ridge_is_an_error_added_for_leaving_the_weights() -> None:
    before, after = weights(6, 3), weights(6, 3, seed=1)
    with_ridge = GROUP.gram().towards(before, 0.5)
    away = 0.5 * (after - before).square().sum(1)
    torch.testing.assert_close(with_ridge.errors(after), GROUP.errors(after) + away)


def test_outputs_that_are_all_zero_have_no_relative_error_unless_missed() -> None:
    group = SampledRows(inputs=torch.ones(2, 1), outputs=torch.zeros(2, 1))
    assert relative_error(group, torch.zeros(1, 1)) == 0
    assert relative_error(group, torch.ones(1, 1)) == float("inf")


@pytest.mark.parametrize("evidence", [GROUP, GROUP.gram()])
def test_some_filters_are_like_a_layer_of_these(evidence: Evidence) -> None:
    some = torch.tensor([2, 0])
    after = weights(6, 3, seed=1)
    torch.testing.assert_close(evidence.of(some).errors(after[some]), evidence.errors(after)[some])
