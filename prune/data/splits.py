"""Splits a dataset into parts that have no image in common, by a seed.

What calibrates or fine-tunes must not choose, and what chooses must not evaluate; every part has a
name that says what it is, to be kept with the results.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset, Subset

from prune.errors import Error


class ImagePart(Subset[Any]):
    """A part of a dataset, and its name."""

    def __init__(self, dataset: Dataset[Any], indices: Sequence[int], name: str) -> None:
        super().__init__(dataset, indices)
        self.name = name


class TooFewImages(Error):
    """The parts of the dataset `name` should have `wanted` images, but there are only `found`."""

    name: str
    wanted: int
    found: int

    def __str__(self) -> str:
        return f"{self.name}: the parts need {self.wanted} images, but there are {self.found}"


def split(
    dataset: Dataset[Any], sizes: Mapping[str, int | None], seed: int = 0
) -> dict[str, ImagePart]:
    """Disjoint parts of these names and sizes, drawn by the seed; None is all that is left.

    Raises:
        TooFewImages: there are fewer images than the sizes' sum, or none for a part that takes
            what is left.
        ValueError: a size is below 1, or more than one part takes what is left.

    >>> from torch.utils.data import TensorDataset
    >>> parts = split(TensorDataset(torch.zeros(10)), {"calibration": 4, "evaluation": None})
    >>> {name: len(part) for name, part in parts.items()}, parts["calibration"].name
    ({'calibration': 4, 'evaluation': 6}, 'TensorDataset: calibration, 4 of 10 images, seed 0')
    """
    whole, total = dataset_name(dataset), size_of(dataset)
    counted = _counted(sizes, whole, total)
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed)).tolist()
    parts: dict[str, ImagePart] = {}
    start = 0
    for name, size in counted.items():
        title = f"{whole}: {name}, {size} of {total} images, seed {seed}"
        parts[name] = ImagePart(dataset, order[start : start + size], title)
        start += size
    return parts


def dataset_name(dataset: Dataset[Any]) -> str:
    """The dataset's own name, or that of its class."""
    return str(getattr(dataset, "name", type(dataset).__name__))


def size_of(dataset: Dataset[Any]) -> int:
    """The number of the dataset's images."""
    return len(dataset)  # type: ignore[arg-type]


def _counted(sizes: Mapping[str, int | None], name: str, total: int) -> dict[str, int]:
    """The sizes, with what is left in the place of None."""
    given = [size for size in sizes.values() if size is not None]
    open_parts = len(sizes) - len(given)
    if open_parts > 1 or any(size < 1 for size in given):
        raise ValueError(f"sizes are positive, and one of them at most is None, not {dict(sizes)}")
    wanted = sum(given) + open_parts
    if wanted > total:
        raise TooFewImages(name, wanted, total)
    left = total - sum(given)
    return {part: left if size is None else size for part, size in sizes.items()}
