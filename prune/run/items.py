"""Labelled images as a caller holds them, of many kinds, to items that pruning takes.

What can be taken is: the dataset of a DataLoader, items that are dictionaries, arrays. All else is
refused, saying what was found and what is expected. Images that are not in memory are looked at
when they are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils import data
from torch.utils.data import Dataset, IterableDataset, Subset, TensorDataset
from torch.utils.data.distributed import DistributedSampler

from prune.data import dataset_name, size_of
from prune.errors import Error

#: The keys of an item's image and of its label, the one that counts first.
IMAGE_KEYS: Final = ("pixel_values", "image", "images", "img", "input", "inputs", "x")
LABEL_KEYS: Final = ("labels", "label", "targets", "target", "class", "y")
#: Samplers that leave out no item of a dataset.
WHOLE: Final = (
    data.SequentialSampler,
    data.RandomSampler,
    data.WeightedRandomSampler,
    DistributedSampler,
)
DATASET: Final = "a Dataset of images and labels is expected, or a DataLoader of one"
PAIR: Final = "an image and its label are expected"
CLASS: Final = "the number of its class is expected"


class NotTaken(Error):
    """What was given as `role` cannot be pruned with, as `found` says; `wanted` can."""

    role: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.role}: {self.found}; {self.wanted}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled(Dataset[tuple[Tensor, int]]):
    """The items of a dataset, each as an image and the number of its class; `role` is what they are
    for.

    An item is looked at when it is asked for: what an image's `shape` is not, and what is no class
    of so many `classes`, once these are known, raises `NotTaken`. Images of floating point numbers
    become of `dtype`, integers stay what they are.
    """

    role: str
    items: Any
    dtype: torch.dtype
    shape: tuple[int, ...] | None = None
    classes: int | None = None

    @property
    def name(self) -> str:
        """The dataset's own."""
        return dataset_name(self.items)

    def __len__(self) -> int:
        return size_of(self.items)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        role = f"{self.role}, item {index}"
        image, label = _pair(role, self._item(role, index))
        return self._image(role, image), self._class(role, label)

    def look(self) -> None:
        """Ask for all items that are in memory, and for others that have an outermost label."""
        for index in _telling(self.items):
            self[index]

    def _item(self, role: str, index: int) -> object:
        try:
            return self.items[index]
        except Error:
            raise
        except Exception as error:
            what = f"reading it raised {type(error).__name__}: {error}"
            raise NotTaken(role, what, PAIR) from error

    def _image(self, role: str, given: object) -> Tensor:
        image = _tensor(given)
        if image is None:
            raise NotTaken(role, f"its image is {in_few_words(given)}", "a tensor is expected")
        if self.shape not in (None, tuple(image.shape)):
            found = f"its image is {in_few_words(image)}"
            raise NotTaken(role, found, f"the first of those to train has shape {self.shape}")
        if not image.is_floating_point():
            return image
        if not bool(image.isfinite().all()):
            found = "its image has values that are not finite"
            raise NotTaken(role, found, "numbers are expected, neither NaN nor infinite")
        return image.to(self.dtype)

    def _class(self, role: str, given: object) -> int:
        label = _tensor(np.asarray(given) if isinstance(given, int | np.generic) else given)
        if label is None or label.numel() != 1 or label.is_floating_point():
            several = label is not None and label.numel() > 1
            remedy = ", as argmax gives it of a one-hot label" if several else ""
            raise NotTaken(role, f"its label is {in_few_words(given)}", f"{CLASS}{remedy}")
        number = int(label)
        if self.classes is not None and not 0 <= number < self.classes:
            known = f"the model tells {self.classes} classes apart, from 0 to {self.classes - 1}"
            raise NotTaken(role, f"its label is {number}", known)
        return number


def items_of(role: str, given: object) -> Any:
    """What has items by number; raises `NotTaken`."""
    if isinstance(given, data.DataLoader):
        return _of_loader(role, given)
    if isinstance(given, IterableDataset):
        raise NotTaken(role, "its items come in their own order", "items by number are expected")
    numbered = hasattr(given, "__getitem__") and hasattr(given, "__len__")
    if not numbered or isinstance(given, str | bytes | Mapping | Tensor | np.ndarray | type):
        raise NotTaken(role, f"is {in_few_words(given)}", DATASET)
    if not size_of(given):  # type: ignore[arg-type]
        raise NotTaken(role, "has no items", DATASET)
    return given


def _of_loader(role: str, loader: data.DataLoader[Any]) -> Any:
    """The dataset of a loader, or the part of it that its sampler draws."""
    if loader.collate_fn is not data.default_collate:
        found = "its DataLoader makes batches by a collate_fn of its own"
        raise NotTaken(role, found, "a Dataset whose items are as the model takes them is expected")
    items, sampler = items_of(role, loader.dataset), loader.sampler
    own = type(loader.batch_sampler) is data.BatchSampler
    if own and isinstance(sampler, data.SubsetRandomSampler):
        return Subset(items, list(sampler.indices))
    if own and isinstance(sampler, WHOLE):
        return items
    found = f"its DataLoader draws by {type(sampler if own else loader.batch_sampler).__name__}"
    raise NotTaken(role, found, "the Dataset of what is to be drawn is expected")


def _pair(role: str, item: object) -> tuple[object, object]:
    """The image and the label of an item; raises `NotTaken`."""
    if isinstance(item, Mapping):
        keys = [
            next((key for key in keys if key in item), None) for keys in (IMAGE_KEYS, LABEL_KEYS)
        ]
        if None not in keys:
            return item[keys[0]], item[keys[1]]
        names = " and ".join(f"one of {', '.join(keys)}" for keys in (IMAGE_KEYS, LABEL_KEYS))
        raise NotTaken(role, f"is {in_few_words(item)}", f"{names} are expected")
    if isinstance(item, tuple | list) and len(item) == 2:
        return item[0], item[1]
    raise NotTaken(role, f"is {in_few_words(item)}", PAIR)


def in_few_words(given: object) -> str:
    """What a value is, in a few words."""
    kind = type(given).__name__
    match given:
        case Tensor() | np.ndarray() if given.shape:
            return f"a {kind} of shape {tuple(given.shape)}"
        case Mapping():
            return f"a {kind} of {', '.join(map(str, list(given)[:5]))}"
        case list() | tuple():
            return f"a {kind} of {len(given)}"
        case type():
            return f"the class {given.__name__}"
        case str() | int() | float() | Tensor() | np.generic() | np.ndarray() | None:
            return f"{given!r}"[:60]
    return f"a {type(given).__module__}.{kind}"


def _tensor(given: object) -> Tensor | None:
    """A tensor or an array of real numbers, side by side in memory, as a tensor; None of others."""
    if isinstance(given, Tensor):
        plain = given.layout is torch.strided and not given.is_meta and not given.is_complex()
        return given if plain else None
    if not isinstance(given, np.ndarray):
        return None
    kind = given.dtype
    if kind.kind not in "biuf" or kind.itemsize > 8 or not kind.isnative:
        return None
    return torch.from_numpy(np.require(given, requirements=["C", "W"]))


def _telling(items: Any) -> Iterable[int]:
    """The numbers of the items to look at before work begins."""
    if _in_memory(items):
        return range(len(items))
    labels = _labels(items)
    return () if labels is None else {int(labels.argmin()), int(labels.argmax())}


def _in_memory(items: Any) -> bool:
    """Whether to read an item costs nothing, and shows nothing new the second time."""
    reads = getattr(type(items), "__getitem__", None)
    if reads is Subset.__getitem__:
        return _in_memory(items.dataset)
    return isinstance(items, list | tuple) or reads is TensorDataset.__getitem__


def _labels(items: Any) -> "np.ndarray[Any, Any] | None":
    """The labels of all items where the dataset lists them, as those of pictures in folders do.

    A dataset may list them otherwise than its items have them: the items tell.
    """
    if isinstance(items, Subset):
        labels = _labels(items.dataset)
        return None if labels is None else labels[list(items.indices)]
    listed = getattr(items, "labels", getattr(items, "targets", None))
    if not isinstance(listed, list | tuple | Tensor | np.ndarray) or len(listed) != len(items):
        return None
    try:
        labels = np.asarray(listed)
    except (TypeError, ValueError):
        return None
    return labels if labels.ndim == 1 and labels.dtype.kind in "iu" else None
