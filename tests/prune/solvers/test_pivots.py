"""Steps of elimination, done by inverting anew each time, as judge of those in blocks."""

import numpy as np
import pytest
import torch

from prune.solvers import pivots
from tests.prune.solvers.problems import rows

GROUP = rows(300, 24, 5)
INPUTS, CROSS = GROUP.gram().inputs, GROUP.gram().cross
ALL = torch.ones_like(CROSS, dtype=torch.bool)
#: Of each filter other inputs, 16 of 24.
SOME = torch.arange(24) % 3 != torch.arange(5)[:, None] % 3


def added_one_by_one(inputs: np.ndarray, cross: np.ndarray, steps: int) -> list[int]:
    taken: list[int] = []
    for _ in range(steps):
        gains = {}
        for candidate in set(range(len(cross))) - set(taken):
            some = [*taken, candidate]
            gains[candidate] = cross[some] @ np.linalg.solve(
                inputs[np.ix_(some, some)], cross[some]
            )
        taken.append(max(gains, key=lambda candidate: gains[candidate]))
    return taken


def removed_one_by_one(inputs: np.ndarray, cross: np.ndarray, steps: int) -> list[int]:
    left, gone = list(range(len(cross))), []
    for _ in range(steps):
        inverse = np.linalg.inv(inputs[np.ix_(left, left)])
        worst = int(np.argmin((inverse @ cross[left]) ** 2 / np.diag(inverse)))
        gone.append(left.pop(worst))
    return gone


@pytest.fixture(params=[3, 8, 128])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pivots, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_adding_takes_what_helps_most_all_others_refitted() -> None:
    order = pivots.forward(INPUTS, CROSS, 20, ALL)
    for found, cross in zip(order.tolist(), CROSS.numpy(), strict=True):
        assert found == added_one_by_one(INPUTS.numpy(), cross, 20)


@pytest.mark.usefixtures("block")
def test_removing_takes_what_hurts_least_all_others_refitted() -> None:
    inverse = torch.linalg.inv(INPUTS)
    order = pivots.backward(inverse, CROSS @ inverse, 20, ALL)
    for found, cross in zip(order.tolist(), CROSS.numpy(), strict=True):
        assert found == removed_one_by_one(INPUTS.numpy(), cross, 20)


@pytest.mark.usefixtures("block")
def test_adding_takes_what_is_allowed_first_as_if_there_were_nothing_else() -> None:
    order = pivots.forward(INPUTS, CROSS, 12, SOME)
    for found, cross, may in zip(order.tolist(), CROSS, SOME, strict=True):
        alone = added_one_by_one(INPUTS[may][:, may].numpy(), cross[may].numpy(), 12)
        assert found == may.nonzero()[:, 0][alone].tolist()


@pytest.mark.usefixtures("block")
def test_removing_takes_what_is_not_allowed_first_and_then_as_if_it_had_never_been() -> None:
    inverse = torch.linalg.inv(INPUTS)
    order = pivots.backward(inverse, CROSS @ inverse, 20, SOME)
    for found, cross, may in zip(order.tolist(), CROSS, SOME, strict=True):
        assert sorted(found[:8]) == (~may).nonzero()[:, 0].tolist()
        alone = removed_one_by_one(INPUTS[may][:, may].numpy(), cross[may].numpy(), 12)
        assert found[8:] == may.nonzero()[:, 0][alone].tolist()


def test_filters_worked_on_one_at_a_time_choose_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    together = pivots.forward(INPUTS, CROSS, 10, ALL)
    monkeypatch.setattr(pivots, "ROOM_OF_FACTORS", 1)
    assert pivots.forward(INPUTS, CROSS, 10, ALL).equal(together)


def test_no_steps_take_nothing() -> None:
    assert pivots.forward(INPUTS, CROSS, 0, ALL).shape == (5, 0)
