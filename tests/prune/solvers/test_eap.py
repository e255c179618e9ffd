"""The paper's step, transcribed with loops, as judge of the one that is used."""

import numpy as np
import pytest
import torch
from torch import Tensor

from prune.patterns.pattern import largest as largest_of
from prune.solvers import eap, solver
from prune.solvers.gram import Samples
from tests.prune.solvers.problems import rows, weights


def transcribed(
    inputs: np.ndarray, outputs: np.ndarray, before: np.ndarray, kept: int
) -> np.ndarray:
    """One filter's weights: remove, restore one at a time by l1 error, fit by least squares."""
    back = round(kept * eap.RESTORED)
    support = set(np.argsort(-np.abs(before), kind="stable")[: kept - back])
    for _ in range(back):
        errors = {}
        for candidate in set(range(len(before))) - support:
            restored = [*support, candidate]
            errors[candidate] = np.abs(outputs - inputs[:, restored] @ before[restored]).sum()
        support.add(min(errors, key=lambda candidate: errors[candidate]))
    stays = sorted(support)
    fitted = np.zeros_like(before)
    fitted[stays] = np.linalg.lstsq(inputs[:, stays], outputs)[0]
    return fitted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kept", [1, 2, 7, 12, 20])
def test_the_step_is_the_papers(seed: int, kept: int) -> None:
    group, before = rows(150, 20, 4, seed), weights(20, 4, seed)
    found = solver("eap").solve(Samples(fit=group, held=group), before, kept).weights
    for index, fitted in enumerate(found.numpy()):
        literal = transcribed(
            group.inputs.numpy(), group.outputs[:, index].numpy(), before[index].numpy(), kept
        )
        assert fitted == pytest.approx(literal, rel=1e-3, abs=1e-3)


def test_restoring_in_rounds_keeps_as_many_as_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group, before = rows(150, 20, 4), weights(20, 4)
    monkeypatch.setattr(eap, "ROUNDS", 2)
    assert (eap.restored(group, before, 11, before != 0).sum(1) == 11).all()


def test_restoring_lowers_the_l1_error_below_that_of_the_largest_weights() -> None:
    group, before = rows(150, 20, 4), weights(20, 4)
    largest = torch.where(largest_of(before.abs(), 8), before, 0)
    restored = torch.where(eap.restored(group, before, 8, before != 0), before, 0)

    def error(some: Tensor) -> float:
        return float((group.outputs - group.inputs @ some.T).abs().sum())

    assert error(restored) < error(largest)
