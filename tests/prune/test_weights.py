"""Weights: files of every kind load into their model and into no other."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from prune.files import NotWritten, write
from prune.models import build
from prune.weights import NotReadable, WrongWeights, load, read, save

State = dict[str, Tensor]


class Pair(nn.Module):
    """Two linear layers, the second with a batch norm."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.second = nn.Linear(4, classes)


def state(classes: int = 2) -> State:
    """Random weights of a pair."""
    torch.manual_seed(0)
    return Pair(classes).state_dict()


def arrays(tensors: State) -> dict[str, np.ndarray]:
    """The tensors as arrays."""
    return {key: tensor.numpy() for key, tensor in tensors.items()}


def written(folder: Path, kind: str, tensors: State) -> Path:
    """A file of that kind with these tensors."""
    path = folder / f"weights.{kind}"
    if kind == "npz":
        np.savez(path, allow_pickle=False, **arrays(tensors))
    elif kind == "safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return path


def refusal(folder: Path, tensors: State, model: nn.Module | None = None) -> list[str]:
    """What is said when these tensors are loaded into a pair or another model, without the path."""
    path = written(folder, "safetensors", tensors)
    with pytest.raises(WrongWeights) as error:
        load(Pair() if model is None else model, path)
    return str(error.value).replace(f"{path}: ", "").split("\n")


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Every longer file fails to be written, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", ["npz", "pt", "pth", "safetensors"])
def test_every_kind_of_file_loads_exactly(kind: str, tmp_path: Path) -> None:
    model, expected = Pair(), state()
    load(model, written(tmp_path, kind, expected))
    assert all(torch.equal(model.state_dict()[key], expected[key]) for key in expected)


def test_half_precision_loads_into_single(tmp_path: Path) -> None:
    model, half = Pair(), {key: t.half() for key, t in state().items() if t.is_floating_point()}
    load(model, written(tmp_path, "npz", half))
    assert model.first.weight.dtype == torch.float32
    assert torch.equal(model.first.weight, half["first.weight"].float())


def test_saved_weights_have_the_keys_of_the_model_and_load_into_another(tmp_path: Path) -> None:
    model, other = build("digits", seed=1), build("digits", seed=2)
    save(model, tmp_path / "out" / "weights.safetensors")
    load(other, tmp_path / "out" / "weights.safetensors")
    expected, found = model.state_dict(), other.state_dict()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("wrapping", ["state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod."])
def test_what_training_scripts_wrap_around_weights_is_taken_off(
    wrapping: str, prefix: str, tmp_path: Path
) -> None:
    wrapped = {wrapping: {prefix + key: tensor for key, tensor in state().items()}, "epoch": 3}
    torch.save(wrapped, tmp_path / "weights.pt")
    assert read(tmp_path / "weights.pt").tensors.keys() == state().keys()


def test_fixed_point_and_codebooks_are_decoded(tmp_path: Path) -> None:
    quantized = arrays(state())
    del quantized["first.weight"], quantized["second.weight"]
    quantized["first.weight_q78"] = np.arange(12, dtype=np.int16).reshape(4, 3)
    quantized["second.codebook"] = np.array([0, 0.5, -2], np.float32)
    quantized["second.packed4"] = np.array([0x10, 0x02, 0x11, 0x20], np.uint8)
    quantized["second.shape"] = np.array([2, 4])
    quantized["classes"] = np.array([7, 9])
    np.savez(tmp_path / "weights.npz", allow_pickle=False, **quantized)
    model = Pair()
    weights = load(model, tmp_path / "weights.npz")
    assert torch.equal(model.first.weight, torch.arange(12.0).reshape(4, 3) / 256)
    assert model.second.weight.tolist() == [[0, 0.5, -2, 0], [0.5, 0.5, 0, -2]]
    assert weights.notes["classes"].tolist() == [7, 9]


def test_all_mismatches_are_said_at_once(tmp_path: Path) -> None:
    tensors = state() | {"second.weight": torch.ones(2, 5), "norm.bias": torch.ones(4).int()}
    tensors["first.wieght"] = tensors.pop("first.weight")
    tensors["first.bias"][1] = torch.nan
    assert refusal(tmp_path, tensors) == [
        "first.weight: is missing",
        "first.wieght: the model has no such key; did you mean first.weight?",
        "first.bias: 1 of its values are not finite",
        "norm.bias: is of int32, the model's of float32",
        "second.weight: has shape (2, 5), the model's has (2, 4)",
    ]


def test_weights_that_do_not_fit_leave_the_model_as_it_was(tmp_path: Path) -> None:
    model = Pair()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    refusal(tmp_path, state() | {"second.bias": torch.ones(3)}, model)
    assert all(torch.equal(model.state_dict()[key], before[key]) for key in before)


def test_weights_for_another_number_of_classes_say_that(tmp_path: Path) -> None:
    assert refusal(tmp_path, state(classes=5)) == [
        "second.weight: has shape (5, 4), the model's has (2, 4)",
        "second.bias: has shape (5,), the model's has (2,)",
        "is for 5 classes: build the model for as many",
    ]


def test_weights_of_another_model_are_recognized(tmp_path: Path) -> None:
    first, *_ = refusal(tmp_path, build("resnet20").state_dict(), build("digits"))
    assert first.startswith("a checkpoint of another model, resnet20, not of Digits: ")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.npz", None, "no such file"),
        ("weights.bin", b"", "no known kind of weights"),
        ("cut.npz", b"PK\3\4", "is not a whole .npz file"),
        ("cut.pt", b"PK\3\4", "is not a whole file of torch.save"),
        ("cut.safetensors", b"\1", "is not a whole .safetensors file"),
    ],
)
def test_files_that_hold_no_weights_are_refused(
    name: str, content: bytes | None, reason: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NotReadable, match=reason):
        read(tmp_path / name)


def test_a_whole_model_is_not_unpickled(tmp_path: Path) -> None:
    torch.save(Pair(), tmp_path / "model.pt")
    with pytest.raises(NotReadable, match=r"save model\.state_dict\(\), not the model"):
        read(tmp_path / "model.pt")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write(path, b"old")
    with files_of_at_most(1000), pytest.raises(NotWritten, match="nothing that was there is lost"):
        save(build("digits"), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
