from collections.abc import Callable
from dataclasses import replace
from math import nan
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from prune.network.calibration import CalibrationError, Sampling, calibrate, group_weights, targets
from prune.solvers.gram import Gram, SampledRows, relative_error

IMAGES = 10
Made = TypeVar("Made", bound=nn.Module)


def batches(*shape: int, seed: int = 0) -> list[Tensor]:
    numbers = torch.Generator().manual_seed(seed)
    return [torch.randn(size, *shape, generator=numbers) for size in (4, 4, 2)]


def seeded(make: Callable[[], Made]) -> Made:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make()


def everything() -> Sampling:
    return Sampling(images=IMAGES, rows=10**6, keep_rows=True)


CONVOLUTIONS = {
    "plain": lambda: nn.Conv2d(4, 6, 3),
    "strided": lambda: nn.Conv2d(4, 6, 3, stride=(2, 3)),
    "padded": lambda: nn.Conv2d(4, 6, 3, padding=(1, 2)),
    "as large": lambda: nn.Conv2d(4, 6, (3, 5), padding="same"),
    "reflected": lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
    "circular": lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"),
    "dilated": lambda: nn.Conv2d(4, 6, 3, dilation=(2, 1)),
    "grouped": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "depthwise": lambda: nn.Conv2d(4, 8, 3, groups=4, stride=2, padding=1),
    "oblong": lambda: nn.Conv2d(4, 6, (1, 5), bias=False),
}


@pytest.mark.parametrize("kind", CONVOLUTIONS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_rows_are_the_patches_that_torch_convolves(kind: str, layout: torch.memory_format) -> None:
    layer = seeded(CONVOLUTIONS[kind])
    layer.weight.data = layer.weight.to(memory_format=layout)
    images = [batch.to(memory_format=layout) for batch in batches(4, 9, 11)]
    network = nn.Sequential(layer)
    groups = calibrate(network, network, ["0"], images, everything())["0"]
    assert len(groups) == layer.groups
    for samples, weights in zip(groups, group_weights(layer), strict=True):
        for evidence in (samples.fit, samples.held):
            assert relative_error(evidence, weights) < 1e-10


def test_all_positions_are_drawn_once_when_as_many_are_wanted() -> None:
    network = nn.Sequential(seeded(lambda: nn.Conv2d(2, 3, 3, padding=1)))
    (samples,) = calibrate(network, network, ["0"], batches(2, 5, 5), everything())["0"]
    images = torch.cat(batches(2, 5, 5))
    held = torch.arange(IMAGES) % 5 == 4
    for evidence, some in ((samples.fit, images[~held]), (samples.held, images[held])):
        patches = functional.unfold(some, 3, padding=1).transpose(1, 2).flatten(0, 1).double()
        assert evidence.count == len(patches)
        torch.testing.assert_close(evidence.gram().inputs, patches.T @ patches)


def test_inputs_are_the_pruned_networks_and_outputs_the_dense_ones_less_the_bias() -> None:
    dense = seeded(lambda: nn.Sequential(nn.Linear(5, 4), nn.ReLU(inplace=True), nn.Linear(4, 3)))
    pruned = seeded(lambda: nn.Sequential(nn.Linear(5, 4), nn.ReLU(inplace=True), nn.Linear(4, 3)))
    with torch.no_grad():
        pruned.get_parameter("0.weight")[:, 2:] = 0
        pruned.get_parameter("2.bias").add_(1)
    samples = calibrate(pruned, dense, ["0", "2"], batches(5), everything())
    images = torch.cat(batches(5))[torch.arange(IMAGES) % 5 < 4]
    first, last = samples["0"][0].fit, samples["2"][0].fit
    assert isinstance(first, SampledRows)
    assert isinstance(last, SampledRows)
    with torch.no_grad():
        torch.testing.assert_close(last.inputs, pruned[:2](images))
        torch.testing.assert_close(last.outputs, dense(images) - pruned[2].bias)
        torch.testing.assert_close(first.outputs, dense[0](images) - dense[0].bias)


def test_vectors_of_a_sequence_are_positions() -> None:
    network = nn.Sequential(seeded(lambda: nn.Linear(4, 3)))
    (samples,) = calibrate(network, network, ["0"], batches(7, 4), everything())["0"]
    assert samples.fit.count == 8 * 7


def test_the_same_seed_draws_the_same_rows_and_another_others() -> None:
    network = nn.Sequential(seeded(lambda: nn.Conv2d(2, 3, 3)))

    def drawn(seed: int) -> Tensor:
        few = Sampling(images=IMAGES, rows=30, keep_rows=True, seed=seed)
        return calibrate(network, network, ["0"], batches(2, 9, 9), few)["0"][0].fit.inputs

    assert drawn(0).shape == (8 * 3, 18)
    assert drawn(0).equal(drawn(0))
    assert not drawn(0).equal(drawn(1))


def test_sums_are_kept_unless_rows_are_asked_for_or_fewer_than_inputs() -> None:
    network = nn.Sequential(seeded(lambda: nn.Conv2d(2, 3, 3)), nn.Flatten(), nn.Linear(147, 2))
    drawn = calibrate(network, network, ["0", "2"], batches(2, 9, 9), Sampling(images=IMAGES))
    assert isinstance(drawn["0"][0].fit, Gram)
    assert drawn["0"][0].rows_per_input >= 5
    assert isinstance(drawn["2"][0].fit, SampledRows)


def test_sums_are_those_of_the_rows() -> None:
    network = nn.Sequential(seeded(lambda: nn.Conv2d(2, 4, 3, groups=2)))
    few = Sampling(images=IMAGES, rows=300)
    sums = calibrate(network, network, ["0"], batches(2, 9, 9), few)["0"]
    rows = calibrate(network, network, ["0"], batches(2, 9, 9), replace(few, keep_rows=True))["0"]
    for one, other in zip(sums, rows, strict=True):
        torch.testing.assert_close(one.fit.inputs, other.fit.gram().inputs)
        torch.testing.assert_close(one.held.cross, other.held.cross)


def test_networks_are_left_as_they_were() -> None:
    network = seeded(lambda: nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Linear(4, 2)))
    network.train()
    network[0].eval()
    calibrate(network, network, ["2"], batches(4), everything())
    assert [module.training for module in network.modules()] == [True, False, True, True]
    assert not network[2]._forward_hooks


def test_layers_behind_the_last_one_do_not_run() -> None:
    class Refusing(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            raise AssertionError

    network = seeded(lambda: nn.Sequential(nn.Linear(4, 4), Refusing()))
    assert calibrate(network, network, ["0"], batches(4), everything())


def test_labels_beside_the_images_are_passed_over() -> None:
    network = nn.Sequential(seeded(lambda: nn.Linear(4, 3)))
    labelled = [(images, torch.zeros(len(images))) for images in batches(4)]
    assert calibrate(network, network, ["0"], labelled, everything())["0"][0].fit.count == 8


class Permuted(nn.Conv2d):
    """Reads its channels in another order than its weights have."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.flip(1))


@pytest.mark.parametrize(
    ("make", "layer", "why"),
    [
        (lambda: nn.Sequential(nn.Conv2d(2, 3, 3)), "O", "there is none"),
        (lambda: nn.Sequential(nn.ReLU()), "0", "it is a ReLU"),
        (lambda: nn.Sequential(Permuted(2, 3, 3)), "0", "something else than its weights tell"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    make: Callable[[], nn.Module], layer: str, why: str
) -> None:
    network = seeded(make)
    network.register_parameter("anything", nn.Parameter(torch.zeros(1)))
    with pytest.raises(CalibrationError, match=why):
        calibrate(network, network, [layer], batches(2, 5, 5), everything())


def test_a_misspelt_layer_is_answered_with_the_one_that_was_meant() -> None:
    network = nn.ModuleDict({"conv1": nn.Conv2d(2, 3, 3)})
    with pytest.raises(CalibrationError, match="did you mean conv1"):
        calibrate(network, network, ["covn1"], [], everything())


def test_values_that_are_not_finite_are_refused() -> None:
    network = nn.Sequential(seeded(lambda: nn.Linear(4, 3)))
    with pytest.raises(CalibrationError, match=r"layer 0: .* not all finite"):
        calibrate(network, network, ["0"], [torch.full((2, 4), nan)], everything())


def test_a_layer_that_never_runs_is_refused() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle = nn.Linear(4, 3), nn.Linear(4, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            made: Tensor = self.used(inputs)
            return made

    network = seeded(Idle)
    with pytest.raises(CalibrationError, match=r"layer idle: .* without running it"):
        calibrate(network, network, ["used", "idle"], batches(4), everything())


def test_no_images_are_refused() -> None:
    network = nn.Sequential(nn.Linear(4, 3))
    with pytest.raises(CalibrationError, match="no images"):
        calibrate(network, network, ["0"], [], everything())


def test_known_targets_are_those_of_the_dense_network() -> None:
    """Asked for once, for all layers, they give what a run of the dense network gives each time."""
    dense, pruned = (nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)) for _ in range(2))
    images = batches(4)
    known = targets(dense, ["0", "2"], images, everything())
    for layer in ("0", "2"):
        (ours,) = calibrate(pruned, known, [layer], images, everything())[layer]
        (again,) = calibrate(pruned, dense, [layer], images, everything())[layer]
        assert torch.equal(ours.fit.cross, again.fit.cross)
