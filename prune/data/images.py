"""Labelled pictures as a torch `Dataset`: preprocessed tensors and the numbers of their classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from torch.utils.data import Dataset

from prune.data.preprocessing import Preprocessing, preprocessed
from prune.data.sources import Files, NoImages, Pictures, pictures_at


@dataclass(frozen=True, kw_only=True)
class Images(Dataset[tuple[Tensor, int]]):
    """The pictures of a source that are `chosen`, in that order, and their `labels`, which are
    numbers in `classes` where the source names them.
    """

    name: str
    source: Pictures
    preprocessing: Preprocessing
    chosen: Sequence[int]
    labels: tuple[int, ...]
    classes: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.source.image(self.chosen[index])
        try:
            return preprocessed(image, self.preprocessing), self.labels[index]
        except ValueError as error:
            raise NoImages(Path(self.name), f"picture {self.chosen[index]}: {error}") from None


def images(source: Pictures, preprocessing: Preprocessing) -> Images:
    """All pictures of a source."""
    return Images(
        name=source.name,
        source=source,
        preprocessing=preprocessing,
        chosen=range(len(source.labels)),
        labels=tuple(source.labels),
        classes=source.classes if isinstance(source, Files) else None,
    )


def of_classes(all_images: Images, classes: Sequence[int]) -> Images:
    """The pictures of these classes, which are numbered from 0 in the order given.

    For a network of fewer classes than the data. Raises `NoImages` if there is none, or if one of
    the classes is beyond those that are named.
    """
    named = all_images.classes
    if named is not None and max(classes) >= len(named):
        what = f"has no class {max(classes)}: its folders are numbered from 0 to {len(named) - 1}"
        raise NoImages(Path(all_images.name), what)
    number = {label: position for position, label in enumerate(classes)}
    kept = [i for i, label in enumerate(all_images.labels) if label in number]
    if not kept:
        raise NoImages(Path(all_images.name), f"has no picture of the classes {list(classes)}")
    return Images(
        name=all_images.name,
        source=all_images.source,
        preprocessing=all_images.preprocessing,
        chosen=[all_images.chosen[i] for i in kept],
        labels=tuple(number[all_images.labels[i]] for i in kept),
        classes=None if named is None else tuple(named[label] for label in classes),
    )


def open_images(path: Path, preprocessing: Preprocessing) -> Images:
    """The pictures at a path: an `.npz` pack, a folder of class folders, or FOLDER/PART of mosaics.

    Raises `NoImages`.
    """
    return images(pictures_at(path), preprocessing)
