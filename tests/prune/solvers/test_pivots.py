"""Steps of elimination, done by inverting anew each time, as judge of those in blocks."""

import numpy as np
import pytest
import torch

from prune.solvers import pivots
from tests.prune.solvers.problems import rows

GROUP = rows(300, 24, 5)
INPUTS, CROSS = GROUP.gram().inputs, GROUP.gram().cross


def added_one_by_one(inputs, cross, steps):
    taken = []
    for _ in range(steps):
        gains = {}
        for candidate in set(range(len(cross))) - set(taken):
            some = [*taken, candidate]
            gains[candidate] = cross[some] @ np.linalg.solve(
                inputs[np.ix_(some, some)], cross[some]
            )
        taken.append(max(gains, key=gains.get))
    return taken


def removed_one_by_one(inputs, cross, steps):
    left, gone = list(range(len(cross))), []
    for _ in range(steps):
        inverse = np.linalg.inv(inputs[np.ix_(left, left)])
        worst = int(np.argmin((inverse @ cross[left]) ** 2 / np.diag(inverse)))
        gone.append(left.pop(worst))
    return gone


@pytest.fixture(params=[3, 8, 128])
def block(request, monkeypatch):
    monkeypatch.setattr(pivots, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_adding_takes_what_helps_most_all_others_refitted():
    order = pivots.forward(INPUTS, CROSS, 20)
    for found, cross in zip(order.tolist(), CROSS.numpy(), strict=True):
        assert found == added_one_by_one(INPUTS.numpy(), cross, 20)


@pytest.mark.usefixtures("block")
def test_removing_takes_what_hurts_least_all_others_refitted():
    inverse = torch.linalg.inv(INPUTS)
    order = pivots.backward(inverse, CROSS @ inverse, 20)
    for found, cross in zip(order.tolist(), CROSS.numpy(), strict=True):
        assert found == removed_one_by_one(INPUTS.numpy(), cross, 20)


def test_filters_worked_on_one_at_a_time_choose_the_same(monkeypatch):
    together = pivots.forward(INPUTS, CROSS, 10)
    monkeypatch.setattr(pivots, "ROOM_OF_FACTORS", 1)
    assert pivots.forward(INPUTS, CROSS, 10).equal(together)


def test_no_steps_take_nothing():
    assert pivots.forward(INPUTS, CROSS, 0).shape == (5, 0)
