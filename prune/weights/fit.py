"""Puts trained weights into a model, if they are the model's: all of them, of the same shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from hwsim.meant import closest, did_you_mean
from prune.errors import Error
from prune.models import defined_by
from prune.weights.read import StoredWeights, read

#: What batch norms count in training only, and what files often leave out.
COUNTERS: Final = "num_batches_tracked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """What does not fit at one key, and what key was probably meant."""

    key: str
    what: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.key}: {self.what}{did_you_mean(self.suggestion)}"


class WrongWeights(Error):
    """The weights at `path` are not those of `model`, a class of that name.

    `mismatches` has everything that does not fit; where only the number of classes differs,
    `classes` is that of the weights; and where most keys do not fit, `other` says of what network
    they are, which may be unknown: ''.
    """

    path: Path
    model: str
    mismatches: tuple[Mismatch, ...]
    classes: int | None = None
    other: str | None = None

    def __str__(self) -> str:
        lines = [f"{self.path}: {mismatch}" for mismatch in self.mismatches]
        if self.other is not None:
            whose = f", {self.other}" if self.other else ""
            what = f"a checkpoint of another model{whose}, not of {self.model}"
            return f"{self.path}: {what}: {len(lines)} keys do not fit, such as\n{lines[0]}"
        if self.classes is not None:
            lines.append(f"{self.path}: is for {self.classes} classes: build the model for as many")
        return "\n".join(lines)


def load(model: nn.Module, path: Path) -> StoredWeights:
    """Put the weights in the file into the model; raises `NotReadable` and `WrongWeights`."""
    weights = read(path)
    fit(model, weights)
    return weights


def fit(model: nn.Module, weights: StoredWeights) -> None:
    """Put the weights into the model, in the model's types; raises `WrongWeights`, and leaves the
    model as it was, if any does not fit.
    """
    state = model.state_dict()
    wrong = tuple(mismatches(state, weights.tensors))
    if wrong:
        name = type(model).__name__
        classes = _classes(state, weights.tensors, wrong)
        few = 2 * len(wrong) > len(state.keys() | weights.tensors.keys())
        other = (defined_by(weights.tensors) or "") if few and classes is None else None
        raise WrongWeights(weights.path, name, wrong, classes=classes, other=other)
    model.load_state_dict({**state, **weights.tensors})


def mismatches(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[Mismatch]:
    """Everything in which the tensors found differ in kind from those expected."""
    unknown = [key for key in found if key not in expected]
    missing = [key for key in expected if key not in found and not key.endswith(COUNTERS)]
    for key in missing:
        yield Mismatch(key=key, what="is missing")
    for key in unknown:
        what = "the model has no such key"
        yield Mismatch(key=key, what=what, suggestion=closest(key, missing))
    for key in expected:
        what = _difference(expected[key], found[key]) if key in found else ""
        if what:
            yield Mismatch(key=key, what=what)


def _difference(expected: Tensor, found: Tensor) -> str:
    if found.shape != expected.shape:
        return f"has shape {tuple(found.shape)}, the model's has {tuple(expected.shape)}"
    if found.is_floating_point() != expected.is_floating_point():
        return f"is of {_kind(found)}, the model's of {_kind(expected)}"
    not_finite = found.numel() - int(torch.isfinite(found.to(expected.dtype)).sum())
    return f"{not_finite} of its values are not finite" if not_finite else ""


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _classes(
    expected: Mapping[str, Tensor], found: Mapping[str, Tensor], wrong: tuple[Mismatch, ...]
) -> int | None:
    """The number of classes of the weights found, if nothing else is wrong with them."""
    *_, classifier = (key for key in expected if expected[key].dim() > 1)
    keys = {classifier, classifier.removesuffix("weight") + "bias"}
    if any(mismatch.key not in keys for mismatch in wrong) or classifier not in found:
        return None
    classes, expected_classes = found[classifier].shape[0], expected[classifier].shape[0]
    return classes if classes != expected_classes else None
