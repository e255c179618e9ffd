import pytest
import torch
from scipy.linalg import lstsq

from prune.errors import UnknownName
from prune.solvers import SOLVERS, solver
from prune.solvers.gram import Evidence, SampledRows, Samples
from prune.solvers.interface import NeedsRows
from tests.prune.solvers.problems import best_subset, rows, samples, weights

ALL = list(SOLVERS.shipped)
CHOOSING = ["magnitude+ls", "eap", "ols", "obc"]
EXACT = ["ols", "obc"]
FAN_IN, FILTERS = 10, 6
GROUP = rows(200, FAN_IN, FILTERS)
BEFORE = weights(FAN_IN, FILTERS)


def all_to_fit(group: SampledRows) -> Samples:
    return Samples(fit=group, held=rows(0, group.fan_in, group.outputs.shape[1]))


def known(number: float | None) -> float:
    """What is None only where there are no rows."""
    assert number is not None
    return number


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kept", [0, 1, 4, FAN_IN, 0.35])
def test_no_filter_keeps_more_than_asked(name: str, kept: float) -> None:
    found = solver(name).solve(samples(GROUP), BEFORE, kept)
    most = kept if isinstance(kept, int) else 3
    assert found.kept == most
    assert ((found.weights != 0).sum(1) <= most).all()


@pytest.mark.parametrize("name", CHOOSING)
def test_what_stays_is_fitted_as_by_lstsq(name: str) -> None:
    found = solver(name).solve(all_to_fit(GROUP), BEFORE, 4).weights
    for fitted, outputs in zip(found, GROUP.outputs.T, strict=True):
        stays = fitted != 0
        exact = lstsq(GROUP.inputs[:, stays].numpy(), outputs.numpy())[0]
        torch.testing.assert_close(fitted[stays], torch.from_numpy(exact), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CHOOSING)
@pytest.mark.parametrize("kept", range(1, FAN_IN))
def test_no_choice_is_better_than_the_best_of_all(name: str, kept: int) -> None:
    found = solver(name).solve(all_to_fit(GROUP), BEFORE, kept).weights
    assert (GROUP.errors(found).numpy() >= best_subset(GROUP, kept) * (1 - 1e-9)).all()


@pytest.mark.parametrize("name", EXACT)
def test_exact_steps_are_near_the_best_of_all_on_average(name: str) -> None:
    ratios = []
    for seed in range(4):
        group = rows(200, FAN_IN, FILTERS, seed)
        for kept in (3, 5, 7):
            found = solver(name).solve(all_to_fit(group), weights(FAN_IN, FILTERS, seed), kept)
            ratios.append(float(group.errors(found.weights).sum()) / best_subset(group, kept).sum())
    assert 1 <= sum(ratios) / len(ratios) < 1.1


def test_forward_selection_is_exact_for_one_weight() -> None:
    found = solver("ols").solve(all_to_fit(GROUP), BEFORE, 1).weights
    assert GROUP.errors(found).numpy() == pytest.approx(best_subset(GROUP, 1), rel=1e-6)


def test_backward_selection_is_exact_for_all_weights_but_one() -> None:
    found = solver("obc").solve(all_to_fit(GROUP), BEFORE, FAN_IN - 1).weights
    assert GROUP.errors(found).numpy() == pytest.approx(best_subset(GROUP, FAN_IN - 1), rel=1e-6)


@pytest.mark.parametrize("name", EXACT)
def test_a_path_is_what_single_solves_give(name: str) -> None:
    counts = [7, 2, 5]
    for found, kept in zip(
        solver(name).path(all_to_fit(GROUP), BEFORE, counts), counts, strict=True
    ):
        alone = solver(name).solve(all_to_fit(GROUP), BEFORE, kept)
        torch.testing.assert_close(found.weights, alone.weights)


@pytest.mark.parametrize("name", EXACT)
def test_more_weights_never_err_more_along_a_path(name: str) -> None:
    path = solver(name).path(all_to_fit(GROUP), BEFORE, range(FAN_IN + 1))
    errors = [known(found.fit_error) for found in path]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kept", [0, 3, 7, FAN_IN])
def test_what_is_not_allowed_stays_zero_and_what_is_is_chosen_as_if_it_were_all(
    name: str, kept: int
) -> None:
    allowed = torch.rand(FILTERS, FAN_IN, generator=torch.Generator().manual_seed(0)) < 0.6
    before = BEFORE * allowed
    found = solver(name).solve(all_to_fit(GROUP), before, kept, allowed).weights
    assert not found[~allowed].any()
    for index, may in enumerate(allowed):
        inputs = SampledRows(
            inputs=GROUP.inputs[:, may], outputs=GROUP.outputs[:, index : index + 1]
        )
        most = min(kept, int(may.sum()))
        alone = solver(name).solve(all_to_fit(inputs), before[index : index + 1, may], most)
        torch.testing.assert_close(found[index, may], alone.weights[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ALL)
def test_filters_do_not_depend_on_each_other(name: str) -> None:
    together = solver(name).solve(all_to_fit(GROUP), BEFORE, 4).weights
    for index in range(FILTERS):
        one = torch.tensor([index])
        alone = solver(name).solve(all_to_fit(GROUP.of(one)), BEFORE[one], 4).weights
        torch.testing.assert_close(alone, together[one])


@pytest.mark.parametrize("name", ["magnitude", "magnitude+ls", "ols", "obc"])
def test_rows_and_their_sums_are_the_same_evidence(name: str) -> None:
    sums = Samples(fit=GROUP.gram(), held=GROUP.gram())
    found = solver(name).solve(sums, BEFORE, 4)
    same = solver(name).solve(Samples(fit=GROUP, held=GROUP), BEFORE, 4)
    torch.testing.assert_close(found.weights, same.weights)
    assert found.fit_error == pytest.approx(same.fit_error)


@pytest.mark.parametrize("name", ALL)
def test_with_no_rows_the_largest_weights_stay_as_they_were(name: str) -> None:
    none = rows(0, FAN_IN, FILTERS)
    found = solver(name).solve(Samples(fit=none, held=none), BEFORE, 4)
    largest = solver("magnitude").solve(samples(GROUP), BEFORE, 4)
    torch.testing.assert_close(found.weights, largest.weights)
    assert found.fit_error is None
    assert found.held_error is None


@pytest.mark.parametrize("name", ["magnitude+ls", "ols", "obc"])
def test_few_rows_are_not_fitted_blindly_and_warned_of(name: str) -> None:
    group = rows(60, 40, FILTERS, noise=2.0)
    before = weights(40, FILTERS)
    thirty = rows(30, 40, FILTERS, noise=2.0)
    few = Samples(fit=thirty, held=group)
    found = solver(name).solve(few, before, 20)
    blind = solver(name).solve(all_to_fit(thirty), before, 20)
    assert "30 rows for 40 inputs" in found.warnings[0]
    assert known(found.ridge) > 1e-6
    blindly = float(group.errors(blind.weights).sum() / group.energies.sum())
    assert known(found.held_error) <= blindly


@pytest.mark.parametrize("name", EXACT)
def test_inputs_that_are_always_zero_are_dropped_first(name: str) -> None:
    inputs = GROUP.inputs.clone()
    inputs[:, :3] = 0
    group = SampledRows(inputs=inputs, outputs=inputs @ BEFORE.T)
    found = solver(name).solve(all_to_fit(group), BEFORE, FAN_IN - 3)
    torch.testing.assert_close(found.weights[:, 3:], BEFORE[:, 3:], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", EXACT)
def test_of_inputs_that_are_the_same_one_is_enough(name: str) -> None:
    inputs = GROUP.inputs.clone()
    inputs[:, 1] = inputs[:, 0]
    group = SampledRows(inputs=inputs, outputs=inputs @ BEFORE.T)
    found = solver(name).solve(all_to_fit(group), BEFORE, FAN_IN - 1)
    assert known(found.fit_error) < 1e-6


@pytest.mark.parametrize("name", EXACT)
def test_large_layers_choose_as_well_in_single_precision(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = solver(name).solve(all_to_fit(GROUP), BEFORE, 4)
    monkeypatch.setattr("prune.solvers.selection.SMALL", 0)
    single = solver(name).solve(all_to_fit(GROUP), BEFORE, 4)
    assert single.fit_error == pytest.approx(wide.fit_error, rel=1e-3)


def test_removing_falls_back_to_adding_and_that_to_ranking_where_work_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("prune.solvers.selection.MOST_REMOVING", 0)
    assert "orthogonal" in solver("obc").solve(samples(GROUP), BEFORE, 4).how
    monkeypatch.setattr("prune.solvers.selection.MOST_ADDING", 0)
    assert "times inputs" in solver("obc").solve(samples(GROUP), BEFORE, 4).how


@pytest.mark.parametrize("evidence", [GROUP, GROUP.gram()])
def test_conjugate_gradients_find_what_cholesky_finds(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Samples(fit=evidence, held=evidence)
    exact = solver("magnitude+ls").solve(one, BEFORE, 5)
    monkeypatch.setattr("prune.solvers.refit.DIRECT", 0)
    close = solver("magnitude+ls").solve(one, BEFORE, 5)
    assert "conjugate gradients" in close.how
    torch.testing.assert_close(close.weights, exact.weights, rtol=1e-3, atol=1e-3)


def test_a_misspelt_solver_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownName, match="no solver 'osl'; did you mean ols"):
        solver("osl")


def test_the_papers_step_refuses_sums_and_says_what_to_do() -> None:
    with pytest.raises(NeedsRows, match="keep_rows"):
        solver("eap").solve(Samples(fit=GROUP.gram(), held=GROUP), BEFORE, 4)


@pytest.mark.parametrize("kept", [-1, 11, 1.5])
def test_more_than_all_weights_or_less_than_none_cannot_be_kept(kept: float) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        solver("ols").solve(samples(GROUP), BEFORE, kept)


def test_weights_of_another_shape_than_the_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"as \(filters, inputs\)"):
        solver("ols").solve(samples(GROUP), BEFORE.T, 4)
