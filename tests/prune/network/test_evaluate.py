"""Evaluation: accuracies, losses and their errors are those of the definitions."""

from math import log, sqrt
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from prune.network.evaluate import NotFinite, evaluate, ranks_of


def loader_of(images: Tensor, labels: list[int], batch: int = 3) -> DataLoader[Any]:
    """Batches of these images."""
    return DataLoader(TensorDataset(images, torch.tensor(labels)), batch_size=batch)


def noise(images: int, classes: int) -> Tensor:
    """Random logits."""
    return torch.randn(images, classes, generator=torch.Generator().manual_seed(0))


def test_accuracies_and_loss_are_those_of_torch() -> None:
    logits, labels = noise(20, 8), [i % 8 for i in range(20)]
    found = evaluate(nn.Identity(), loader_of(logits, labels))
    target = torch.tensor(labels)
    best = logits.topk(5).indices
    assert found.top1 == pytest.approx(float((best[:, 0] == target).double().mean()))
    assert found.top5 == pytest.approx(float((best == target[:, None]).any(1).double().mean()))
    assert found.loss == pytest.approx(float(cross_entropy(logits, target)))
    assert len(found) == 20


def test_a_network_without_preferences_is_right_for_one_class_only() -> None:
    assert ranks_of(torch.zeros(3, 3), torch.tensor([0, 1, 2])).tolist() == [0, 1, 2]


def test_standard_errors_are_those_of_a_proportion_and_of_a_mean() -> None:
    logits = torch.tensor([[0.0, 9.0], [0.0, 0.0], [0.0, 9.0], [0.0, 9.0]])
    found = evaluate(nn.Identity(), loader_of(logits, [1, 0, 0, 1]))
    assert found.standard_error(1) == pytest.approx(sqrt(0.75 * 0.25 / 4))
    losses = torch.tensor([log(1 + 2.718281828459045**-9), log(2), 9 + log(1), 0]).double()
    losses[2], losses[3] = 9 + losses[0], losses[0]
    expected = float(losses.std(correction=0)) / 2
    assert found.loss_standard_error() == pytest.approx(expected, rel=1e-5)


def test_a_gain_is_judged_image_by_image() -> None:
    labels = [0, 0, 0, 0]
    right, wrong = [1.0, 0.0], [0.0, 1.0]
    before = evaluate(nn.Identity(), loader_of(torch.tensor([right, wrong, wrong, right]), labels))
    after = evaluate(nn.Identity(), loader_of(torch.tensor([right, right, wrong, right]), labels))
    assert after.gain(before, 1) == pytest.approx((0.25, sqrt(0.25 * 0.75 / 4)))


def test_gains_on_other_images_are_refused() -> None:
    few, many = (evaluate(nn.Identity(), loader_of(noise(n, 2), [0] * n)) for n in (3, 4))
    with pytest.raises(ValueError, match="are not the same images"):
        many.gain(few, 1)


def test_modules_keep_their_modes() -> None:
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2))
    model[1].eval()
    evaluate(model, loader_of(noise(3, 2), [0, 1, 0]))
    assert (model.training, model[0].training, model[1].training) == (True, True, False)


def test_progress_counts_images() -> None:
    done: list[int] = []
    evaluate(nn.Identity(), loader_of(noise(7, 2), [0] * 7), progress=done.append)
    assert done == [3, 6, 7]


def test_outputs_that_are_not_finite_are_refused_with_layer_and_image() -> None:
    model = nn.Sequential(nn.Identity(), nn.Linear(2, 2), nn.ReLU())
    images = torch.ones(5, 2)
    images[4] = 1e30
    nn.init.constant_(model.get_parameter("1.weight"), 1e30)
    with pytest.raises(NotFinite, match="image 4: the output of 1 is not finite"):
        evaluate(model, loader_of(images, [0] * 5))


def test_no_images_are_refused() -> None:
    with pytest.raises(ValueError, match="has no images"):
        evaluate(nn.Identity(), loader_of(torch.ones(0, 2), []))
