"""Prints the accuracy of real trained networks on real images beside what is stated of them.

The data are not part of the project: by default they are looked for in ../shared/data.

    python -m benchmarks.accuracy [FOLDER]
"""

import sys
from pathlib import Path
from typing import NamedTuple

import torch
from torch.utils.data import DataLoader

from prune.data import ImagePart, of_classes, open_images
from prune.models import build, definition
from prune.network.evaluate import Evaluation, evaluate
from prune.training.memory import keep_memory
from prune.weights import fit, read

FOLDER = Path(__file__).parents[2] / "shared" / "data"
BATCH = 50


class Case(NamedTuple):
    """A network, the images from `start` to `stop` of a file, and what is stated of them, in %."""

    model: str
    weights: str
    images: str
    start: int
    stop: int | None
    stated: str


IMAGENET = "imagenet_1750"
COMPRESSED = "squeezenet1_0_deep_compression"
#: As the notes on the data state them, which do not say which 500 images.
CASES = (
    Case("googlenet", "googlenet_bvlc_fp16", f"{IMAGENET}.npz", 0, 1000, "74.9 / 92.6"),
    Case("googlenet", "googlenet_bvlc_fp16", f"{IMAGENET}.npz", 1000, None, "70.7 / 86.4"),
    Case("squeezenet1_0", "squeezenet1_0", f"{IMAGENET}.npz", 0, 1000, "60.5 / 83.3"),
    Case("squeezenet1_0", "squeezenet1_0", f"{IMAGENET}.npz", 1000, None, "54.5 / 76.5"),
    Case("squeezenet1_0", COMPRESSED, f"{IMAGENET}.npz", 0, 500, "61.4 / 81.8"),
    Case("squeezenet1_0", COMPRESSED, f"{IMAGENET}.npz", 500, 1000, ""),
    Case("squeezenet1_0", COMPRESSED, f"{IMAGENET}.npz", 1000, None, "60.4 / 77.6"),
    Case("alexnet", "alexnet_imagenette10", "imagenette160_val.npz", 0, None, "89"),
    Case("resnet20", "cifar10_resnet20", "cifar10/test", 0, None, "91.73"),
    Case("resnet56", "cifar10_resnet56", "cifar10/test", 0, None, ""),
)


def main(folder: Path) -> None:
    """The table, in Markdown."""
    torch.set_num_threads(1)
    keep_memory()
    print("| weights | images | number | top-1, % | top-5, % | stated, % |")
    print("| --- | --- | --: | --: | --: | --: |")
    for case in CASES:
        found = measured(case, folder)
        cells = (case.weights, found.images, len(found), *map(share, (found,) * 2, (1, 5)))
        print(f"| {' | '.join(map(str, cells))} | {case.stated} |", flush=True)


def measured(case: Case, folder: Path) -> Evaluation:
    """The evaluation of a case."""
    weights = read(folder / f"{case.weights}.npz")
    classes = weights.notes.get("classes_ilsvrc")
    model = build(case.model, classes=None if classes is None else len(classes))
    fit(model, weights)
    images = open_images(folder / case.images, definition(case.model).preprocessing)
    if classes is not None:
        images = of_classes(images, classes.tolist())
    chosen = range(len(images))[case.start : case.stop]
    name = f"{images.name}, {chosen.start} to {chosen.stop - 1}"
    return evaluate(model, DataLoader(ImagePart(images, chosen, name), batch_size=BATCH))


def share(found: Evaluation, k: int) -> str:
    """An accuracy and its standard error."""
    return f"{found.accuracy(k):.2%} ± {found.standard_error(k):.2%}".replace("%", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
