"""From the name of a published network to its definition, and to a model with random weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

from prune.data.preprocessing import WHITE, Preprocessing
from prune.errors import UnknownName
from prune.models.alexnet import AlexNet
from prune.models.digits import Digits
from prune.models.googlenet import GoogLeNet
from prune.models.resnet import resnet20, resnet56
from prune.models.squeezenet import squeezenet1_0, squeezenet1_1


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A published network: how it is built for a number of classes, and what it reads."""

    name: str
    build: Callable[[int], nn.Module]
    classes: int
    preprocessing: Preprocessing

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self.preprocessing.shape


def definition(name: str) -> Definition:
    """The published network of that name; raises `UnknownName`."""
    if name not in DEFINITIONS:
        raise UnknownName("model", name, tuple(DEFINITIONS))
    return DEFINITIONS[name]


def build(name: str, *, classes: int | None = None, seed: int = 0) -> nn.Module:
    """The network of that name, its weights drawn by `seed`, with as many classes as published or
    as given; raises `UnknownName`.

    >>> build("digits").fc2
    Linear(in_features=64, out_features=10, bias=True)
    """
    defined = definition(name)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        return defined.build(classes or defined.classes)


def defined_by(tensors: Mapping[str, Tensor]) -> str | None:
    """The name of the network whose trained tensors these are, for any classes, or None."""
    return next((name for name in DEFINITIONS if _has_these(name, tensors)), None)


def _has_these(name: str, tensors: Mapping[str, Tensor]) -> bool:
    """Whether the network has these tensors, but for the numbers of its classes and batches."""
    with torch.device("meta"):
        expected = {k: v.shape for k, v in build(name).state_dict().items() if v.dim()}
    if expected.keys() != {key for key, tensor in tensors.items() if tensor.dim()}:
        return False
    *others, _weight, _bias = expected  # those of the classifier
    return all(tensors[key].shape == expected[key] for key in others)


def _imagenet(crop: int) -> Preprocessing:
    """As in Caffe: blue first, the mean of ImageNet's pixels taken off."""
    return Preprocessing(
        channels="BGR", resize=256, crop=crop, scale=1, mean=(104, 117, 123), deviation=(1, 1, 1)
    )


_CIFAR: Final = Preprocessing(
    channels="RGB",
    resize=None,
    crop=32,
    scale=WHITE,
    mean=(0.485, 0.456, 0.406),
    deviation=(0.229, 0.224, 0.225),
)
_DIGITS: Final = Preprocessing(
    channels="L", resize=None, crop=8, scale=WHITE, mean=(0.0,), deviation=(1.0,)
)

_IMAGENET: Final = {
    "alexnet": (AlexNet, 227),
    "googlenet": (GoogLeNet, 224),
    "squeezenet1_0": (squeezenet1_0, 227),
    "squeezenet1_1": (squeezenet1_1, 227),
}
_SMALL: Final = {
    "resnet20": (resnet20, _CIFAR),
    "resnet56": (resnet56, _CIFAR),
    "digits": (Digits, _DIGITS),
}

#: Every network by its name.
DEFINITIONS: Final = MappingProxyType(
    {
        name: Definition(name=name, build=make, classes=1000, preprocessing=_imagenet(crop))
        for name, (make, crop) in _IMAGENET.items()
    }
    | {
        name: Definition(name=name, build=make, classes=10, preprocessing=preprocessing)
        for name, (make, preprocessing) in _SMALL.items()
    }
)
