"""What users hold is taken, or refused in words before anything is done."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    random_split,
)

from hwsim import load_architecture
from prune import Error, Goal, Settings, prune
from prune.data import Augmentation
from prune.limits import NotAllowed
from prune.pipeline import NothingToPrune, prepared
from prune.run.items import NotTaken
from prune.settings import Calibration
from prune.training.finetune import Training as Tuning
from tests.prune.small import QUICK, TRAIN, VALIDATION, Small, trained

CHIP = load_architecture("cvpr17")
GOAL = Goal(measure="energy", limit=0.7)
IMAGES, LABELS = TRAIN.tensors
EMPTY: dict[str, int] = {}
TRACE: Any = torch.jit.trace
ONE_SHOT = Settings(
    finetune=Tuning(steps=2, batch=32), calibration=Calibration(images=100, held_images=50)
)


class Items(Dataset[Any]):
    """What a function makes of every image, its label and its number; not in memory."""

    def __init__(self, make: Callable[[Tensor, Tensor, int], object]) -> None:
        self.make = make

    def __len__(self) -> int:
        return len(LABELS)

    def __getitem__(self, index: int) -> object:
        return self.make(IMAGES[index], LABELS[index], index)


class Stream(IterableDataset[Any]):
    """Images in an order of their own."""

    def __iter__(self) -> Iterator[object]:
        return iter(TRAIN)


def seen(train: object, model: nn.Module | None = None, **given: Any) -> list[Tensor]:
    """All images, and the labels, that the pruner makes of what is given to train."""
    arguments: dict[str, Any] = {
        "train": train,
        "validation": VALIDATION,
        "settings": QUICK,
        **given,
    }
    bench = prepared(model or trained(), arguments.pop("chip", CHIP), **arguments)
    pairs = [one for part in (bench.given.held, bench.given.train) for one in part]  # type: ignore[attr-defined]
    images, labels = zip(*pairs, strict=True)
    return [torch.stack(images), torch.tensor(labels)]


def said(**given: Any) -> str:
    """What is said of what is given in place of the small network, its images and so on."""
    arguments: dict[str, Any] = {
        "model": trained(),
        "chip": CHIP,
        "goal": GOAL,
        "train": TRAIN,
        "validation": VALIDATION,
        **given,
    }
    with pytest.raises(Error) as refused:
        prune(**arguments)
    return str(refused.value)


TAKEN: Mapping[str, Callable[[], object]] = {
    "pairs in a list": lambda: [TRAIN[index] for index in range(len(TRAIN))],
    "a Dataset": lambda: Items(lambda x, y, i: (x, y)),
    "items with keys": lambda: Items(lambda x, y, i: {"id": i, "image": x, "label": y}),
    "items as transformers has them": lambda: Items(
        lambda x, y, i: {"pixel_values": x.numpy(), "labels": int(y), "image": "a picture"}
    ),
    "arrays": lambda: Items(lambda x, y, i: (x.double().numpy(), y.numpy())),
    "arrays that are views": lambda: Items(
        lambda x, y, i: (np.ascontiguousarray(x.flip(2).numpy())[:, :, ::-1], y)
    ),
    "labels of numpy": lambda: Items(lambda x, y, i: [x, np.int64(y)]),
    "labels of 32 bits": lambda: TensorDataset(IMAGES, LABELS.int()),
    "labels of 8 bits": lambda: TensorDataset(IMAGES, LABELS.to(torch.uint8)),
    "labels in a column": lambda: TensorDataset(IMAGES, LABELS[:, None]),
    "images of 64 bits": lambda: TensorDataset(IMAGES.double(), LABELS),
    "a DataLoader": lambda: DataLoader(TRAIN, batch_size=50),
    "a DataLoader that shuffles": lambda: DataLoader(TRAIN, batch_size=50, shuffle=True),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_what_can_be_taken_is_the_same_images_and_labels(kind: str) -> None:
    plain = seen(TRAIN)
    found = seen(TAKEN[kind]())
    assert all(torch.equal(*pair) for pair in zip(found, plain, strict=True))


def test_of_a_loader_only_what_its_sampler_draws_is_taken() -> None:
    """Two loaders of one dataset, as those to train and to validate often are, share no image."""
    first = DataLoader(TRAIN, sampler=SubsetRandomSampler(range(300)))
    plain = seen(Subset(TRAIN, range(300)))
    assert all(torch.equal(*pair) for pair in zip(seen(first), plain, strict=True))


WRONG: Mapping[str, tuple[Callable[[], object], str]] = {
    "no labels": (lambda: TensorDataset(IMAGES), "is a tuple of 1; an image and its label"),
    "only images": (lambda: Items(lambda x, y, i: x), "is a Tensor of shape (1, 4, 4); an image"),
    "triples": (lambda: Items(lambda x, y, i: (x, y, i)), "is a tuple of 3; an image and its"),
    "other keys": (
        lambda: Items(lambda x, y, i: {"picture": x, "label": y}),
        "is a dict of picture, label; one of pixel_values, image, images, img, input, inputs, x",
    ),
    "two inputs": (
        lambda: Items(lambda x, y, i: ((x, x), y)),
        "its image is a tuple of 2; a tensor",
    ),
    "one-hot labels": (
        lambda: TensorDataset(IMAGES, one_hot(LABELS)),
        "its label is a Tensor of shape (4,); the number of its class is expected, as argmax gives",
    ),
    "regression": (
        lambda: TensorDataset(IMAGES, LABELS / 7),
        "the number of its class is expected",
    ),
    "no numbers": (
        lambda: Items(lambda x, y, i: (x.to_sparse(), y)),
        "its image is a Tensor of shape (1, 4, 4); a tensor is expected",
    ),
    "complex labels": (
        lambda: Items(lambda x, y, i: (x, y + 0j)),
        "+0.j); the number of its class is expected",
    ),
    "labels without end": (
        lambda: Items(lambda x, y, i: (x, 10**30)),
        "its label is 1000000000000000000000000000000; the number of its class is expected",
    ),
    "names": (lambda: Items(lambda x, y, i: (x, "cat")), "its label is 'cat'; the number of its"),
    "labels from 1": (
        lambda: TensorDataset(IMAGES, LABELS + 1),
        "its label is 4; the model tells 4 classes apart, from 0 to 3",
    ),
    "ignored labels": (
        lambda: TensorDataset(IMAGES, LABELS.where(LABELS < 3, -100)),
        "its label is -100; the model tells 4 classes apart",
    ),
    "NaN": (
        lambda: TensorDataset(IMAGES.where(IMAGES < 1.4, torch.nan), LABELS),
        "its image has values that are not finite; numbers are expected, neither NaN nor infinite",
    ),
    "shapes": (
        lambda: Items(lambda x, y, i: (x[:, : 3 + i % 2], y)),
        "its images have shapes (1, 3, 4), (1, 4, 4); images of one shape are expected",
    ),
    "another shape": (
        lambda: [*map(TRAIN.__getitem__, range(len(TRAIN))), (IMAGES[0, :, :3], 0)],
        "item 400: its image is a Tensor of shape (1, 3, 4); the first of those to train has shape",
    ),
    "an error": (lambda: Items(lambda x, y, i: EMPTY["x"]), "reading it raised KeyError: 'x'"),
    "a stream": (Stream, "its items come in their own order; items by number are expected"),
    "a path": (lambda: "images", "is 'images'; a Dataset of images and labels is expected, or a"),
    "a tensor": (lambda: IMAGES, "is a Tensor of shape (400, 1, 4, 4); a Dataset"),
    "splits": (lambda: {"train": TRAIN}, "is a dict of train; a Dataset"),
    "nothing": (list, "has no items; a Dataset"),
    "a loader of its own items": (
        lambda: DataLoader(TRAIN, collate_fn=list),
        "its DataLoader makes batches by a collate_fn of its own; a Dataset whose items",
    ),
    "a loader of its own order": (
        lambda: DataLoader(TRAIN, sampler=[1, 2]),
        "its DataLoader draws by list; the Dataset of what is to be drawn is expected",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_other_images_and_labels_are_refused_before_anything_is_done(
    kind: str, tmp_path: Path
) -> None:
    """By the words of what was found, with the item's number in the caller's dataset."""
    make, words = WRONG[kind]
    text = said(train=make(), folder=tmp_path)
    assert text.startswith("train")
    assert words in text
    assert not (tmp_path / "steps").exists()


def test_images_to_validate_are_looked_at_as_those_to_train() -> None:
    wrong = TensorDataset(IMAGES, LABELS + 1)
    assert said(validation=wrong).startswith("validation, item ")


def test_an_item_is_named_by_its_number_in_the_callers_dataset() -> None:
    """Whatever the parts are that it is read from."""
    part, _ = random_split(TensorDataset(IMAGES, LABELS.where(LABELS > 0, 9)), [300, 100])
    number = int(said(train=part).split("item ")[1].split(":")[0])
    assert part[number][1] == 9


class Listed(Items):
    """Images that are not in memory, whose classes are listed, as those of folders are."""

    def __init__(self, labels: list[int]) -> None:
        super().__init__(lambda x, y, i: (x, labels[i]))
        self.targets = labels


def test_a_class_too_many_is_found_where_classes_are_listed() -> None:
    """However rare it is: 1 of 400 images, most of which the pruner never reads."""
    labels = LABELS.tolist()
    labels[123] = 4
    assert said(train=Listed(labels)).startswith("train, item 123: its label is 4")


def test_an_image_that_is_read_later_is_refused_by_the_same_words() -> None:
    """Not by those of a learning rate that is too high."""
    broken = Items(lambda x, y, i: (torch.full_like(x, torch.nan) if i == 77 else x, y))
    settings = replace(ONE_SHOT, finetune=Tuning(steps=30, batch=40))
    assert said(train=broken, settings=settings).startswith("train, item 77: its image has values")


def test_vectors_are_not_shifted() -> None:
    """Augmentation is for pictures."""
    flat = TensorDataset(IMAGES.flatten(1), LABELS)
    model = nn.Sequential(nn.Linear(16, 4))
    settings = replace(ONE_SHOT, finetune=Tuning(steps=2, augment=Augmentation(shift=1)))
    text = said(model=model, train=flat, validation=flat, settings=settings)
    assert "finetune.augment is for pictures, and its items are a Tensor of shape (16,)" in text


def outcome(model: nn.Module) -> dict[str, Tensor]:
    """The tensors of the small network, pruned."""
    found = prune(model, CHIP, GOAL, train=TRAIN, validation=VALIDATION, settings=ONE_SHOT)
    return dict(found.state)


@pytest.mark.parametrize(
    "wrap",
    [
        nn.DataParallel,
        AveragedModel,
        lambda model: torch.compile(model, backend="eager"),
        lambda model: torch.compile(nn.DataParallel(model), backend="eager"),
    ],
    ids=["DataParallel", "AveragedModel", "compile", "compile of DataParallel"],
)
def test_a_model_in_another_is_pruned_as_it_is(wrap: Callable[[nn.Module], nn.Module]) -> None:
    """With the keys of the one inside."""
    plain, wrapped = outcome(trained()), outcome(wrap(deepcopy(trained())))
    assert plain.keys() == wrapped.keys()
    assert all(torch.equal(plain[key], wrapped[key]) for key in plain)


def lazy() -> nn.Module:
    """A model whose first layer has no shape yet."""
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(4))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Small, "model: is the class Small; a torch.nn.Module is expected"),
        (lambda: trained().state_dict(), "model: is a OrderedDict of conv.weight, conv.bias"),
        (lambda: deepcopy(trained()).to("meta"), "its conv.weight is on the meta device"),
        (lazy, "its 1.weight has no shape yet; run it once before"),
        (lambda: TRACE(trained(), IMAGES[:2]), "model: is made by torch.jit"),
    ],
)
def test_what_is_no_model_with_numbers_is_refused(make: Callable[[], object], words: str) -> None:
    assert words in said(model=make())


def test_a_chip_may_be_a_name() -> None:
    assert prepared(trained(), "cvpr17", train=TRAIN, validation=VALIDATION).given.chip == CHIP


def test_other_things_in_the_place_of_another_are_told_apart() -> None:
    assert said(chip=3) == "chip: is 3; what hwsim.load_architecture gives is expected, or its name"
    assert said(goal=0.5) == "goal: is 0.5; a prune.Goal is expected"
    assert said(settings=Tuning(steps=1)) == (
        "settings: is a prune.training.finetune.Training; a prune.Settings is expected"
    )
    with pytest.raises(NotAllowed, match="batch: must be a positive integer, not 0"):
        prepared(trained(), CHIP, train=TRAIN, validation=VALIDATION, batch=0)


def test_numbers_of_words_stay_integers() -> None:
    """An embedding takes no others; the linear layers behind it are pruned."""
    numbers = torch.Generator().manual_seed(0)
    words = torch.randint(0, 17, (200, 16), generator=numbers)
    texts = TensorDataset(words, (words[:, 0] > 8).long())
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Embedding(17, 4), nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2)
    )
    found = prune(model, CHIP, GOAL, train=texts, validation=texts, settings=ONE_SHOT)
    assert found.layers == ("2", "4")
    assert float((found.state["2.weight"] == 0).float().mean()) > 0.2


def test_a_frozen_model_is_refused_by_its_layers() -> None:
    model = deepcopy(trained()).requires_grad_(False)
    with pytest.raises(NothingToPrune, match=r"conv, hidden, last: its weight is frozen \(req"):
        prepared(model, CHIP, train=TRAIN, validation=VALIDATION)


def test_refusals_are_told_apart_by_their_kind() -> None:
    with pytest.raises(NotTaken) as refused:
        prepared(trained(), CHIP, train=IMAGES, validation=VALIDATION)  # type: ignore[arg-type]
    assert refused.value.role == "train"
