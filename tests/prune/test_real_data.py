"""Real networks on real images, where they are at hand: as accurate as is stated of them."""

from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from prune.data import ImagePart, of_classes, open_images
from prune.models import build, definition
from prune.network.evaluate import Evaluation, evaluate
from prune.weights import WrongWeights, fit, load, read

FOLDER = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the real data are not at hand")


def found(model: str, weights: str, images: str, number: int) -> Evaluation:
    """The evaluation of a network on some of the images, drawn from all over the file."""
    trained = read(FOLDER / weights)
    classes = trained.notes.get("classes_ilsvrc")
    network = build(model, classes=None if classes is None else len(classes))
    fit(network, trained)
    pictures = open_images(FOLDER / images, definition(model).preprocessing)
    if classes is not None:
        pictures = of_classes(pictures, classes.tolist())
    chosen = range(0, len(pictures), len(pictures) // number)[:number]
    torch.set_num_threads(1)
    return evaluate(network, DataLoader(ImagePart(pictures, chosen, images), batch_size=20))


@pytest.mark.parametrize(
    ("model", "weights", "images", "number", "k", "stated"),
    [
        ("alexnet", "alexnet_imagenette10.npz", "imagenette160_val.npz", 40, 1, 0.89),
        ("googlenet", "googlenet_bvlc_fp16.npz", "imagenet_1750.npz", 25, 5, 0.90),
        ("resnet20", "cifar10_resnet20.npz", "cifar10/test", 500, 1, 0.9173),
        ("squeezenet1_0", "squeezenet1_0.npz", "imagenet_1750.npz", 30, 5, 0.80),
        ("squeezenet1_0", "squeezenet1_0_deep_compression.npz", "imagenet_1750.npz", 30, 5, 0.80),
    ],
)
def test_networks_are_as_accurate_as_is_stated_within_three_standard_errors(
    model: str, weights: str, images: str, number: int, k: int, stated: float
) -> None:
    evaluation = found(model, weights, images, number)
    assert abs(evaluation.accuracy(k) - stated) < 3 * (stated * (1 - stated) / number) ** 0.5


def test_a_third_of_deep_compressions_weights_is_left() -> None:
    weights = read(FOLDER / "squeezenet1_0_deep_compression.npz").tensors
    kept = [(tensor != 0).sum() for tensor in weights.values() if tensor.dim() > 1]
    total = sum(tensor.numel() for tensor in weights.values() if tensor.dim() > 1)
    assert float(sum(kept)) / total == pytest.approx(0.334, abs=0.001)


def test_weights_of_another_network_are_told_by_their_keys() -> None:
    with pytest.raises(WrongWeights, match="another model, squeezenet1_0, not of GoogLeNet"):
        load(build("googlenet"), FOLDER / "squeezenet1_0.npz")
