"""Masks: zeros stay zero, whatever is done to the model, and the model stays what it is."""

import copy
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.parametrizations import weight_norm
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from prune.models import build
from prune.training.masks import (
    Masks,
    WrongMasks,
    apply,
    held,
    hold,
    load_masks,
    masks_of,
    release,
    revived,
    save_masks,
)
from prune.weights import NotReadable, save

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Nesterov": lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "Adam": lambda p: Adam(p, lr=0.01, weight_decay=0.01),
    "AdamW": lambda p: AdamW(p, lr=0.01, weight_decay=0.1),
    "AMSGrad": lambda p: Adam(p, lr=0.01, amsgrad=True, foreach=False),
    "RMSprop": lambda p: RMSprop(p, lr=0.01, momentum=0.9, weight_decay=0.01, centered=True),
}


def halved(model: nn.Module) -> Masks:
    """Masks that leave out every other weight of the model's layers."""
    return {
        name: torch.arange(mask.numel()).reshape(mask.shape) % 2 == 1
        for name, mask in masks_of(model).items()
    }


def trained(model: nn.Module, optimizer: Optimizer, steps: int = 3) -> nn.Module:
    """The model after some steps on noise."""
    noise = torch.Generator().manual_seed(0)
    for _ in range(steps):
        images = torch.randn(8, 1, 8, 8, generator=noise)
        labels = torch.randint(10, (8,), generator=noise)
        optimizer.zero_grad()
        cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return model


def plain_sgd(model: nn.Module) -> Optimizer:
    """The usual optimizer."""
    return OPTIMIZERS["SGD"](model.parameters())


def by_pickle(model: nn.Module) -> nn.Module:
    copied: nn.Module = pickle.loads(pickle.dumps(model))
    return copied


def by_torch(model: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    copied: nn.Module = torch.load(file, weights_only=False)
    return copied


COPIES: dict[str, Callable[[nn.Module], nn.Module]] = {
    "deepcopy": copy.deepcopy,
    "pickle": by_pickle,
    "torch.save": by_torch,
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_zeros_stay_zero_under_momentum_and_decay(name: str) -> None:
    model = build("digits")
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    masks = halved(model)
    hold(model, masks)
    trained(model, OPTIMIZERS[name](model.parameters()))
    assert revived(model, masks) == {}
    changed = model.state_dict()["conv2.weight"] != before["conv2.weight"]
    assert changed[masks["conv2.weight"]].float().mean() > 0.9


def test_momentum_of_before_does_not_revive_zeros() -> None:
    model = build("digits")
    optimizer = plain_sgd(model)
    trained(model, optimizer)
    masks = halved(model)
    hold(model, masks)
    trained(model, optimizer)
    assert revived(model, masks) == {}


def test_without_being_held_zeros_do_come_back() -> None:
    model = build("digits")
    masks = halved(model)
    apply(model, masks)
    assert revived(model, masks) == {}
    trained(model, plain_sgd(model))
    assert revived(model, masks).keys() == masks.keys()


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_holds_its_own_zeros(how: str) -> None:
    model = build("digits")
    masks = halved(model)
    hold(model, masks)
    copied = COPIES[how](model)
    before = model.state_dict()["fc1.weight"].clone()
    trained(copied, plain_sgd(copied))
    assert revived(copied, masks) == {}
    assert held(copied).keys() == masks.keys()
    assert torch.equal(model.state_dict()["fc1.weight"], before)
    assert not torch.equal(copied.state_dict()["fc1.weight"], before)


def test_a_compiled_model_holds_its_zeros() -> None:
    model = build("digits")
    masks = halved(model)
    hold(model, masks)
    compiled: Any = torch.compile(model, backend="aot_eager", fullgraph=True)
    trained(compiled, plain_sgd(compiled))
    assert revived(model, masks) == {}


@pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")
def test_a_compiled_step_holds_zeros_even_those_of_later() -> None:
    model = build("digits")
    optimizer = plain_sgd(model)
    step = torch.compile(optimizer.step, backend="aot_eager")
    for masks in ({}, halved(model)):
        hold(model, masks)
        for _ in range(2):
            cross_entropy(model(torch.ones(2, 1, 8, 8)), torch.tensor([0, 1])).backward()  # type: ignore[no-untyped-call]
            step()
        assert revived(model, masks) == {}


def test_a_model_whose_zeros_are_held_is_exported_as_it_is() -> None:
    model, images = build("digits").eval(), torch.ones(1, 1, 8, 8)
    hold(model, halved(model))
    exported = torch.export.export(model, (images,)).module()
    assert torch.equal(exported(images), model(images))


def test_keys_and_parameters_stay_as_they_are() -> None:
    model, plain = build("digits"), build("digits")
    hold(model, halved(model))
    assert list(model.state_dict()) == list(plain.state_dict())
    assert [name for name, _ in model.named_parameters()] == list(dict(plain.named_parameters()))
    plain.load_state_dict(model.state_dict())


def test_what_is_released_is_held_no_longer() -> None:
    model = build("digits")
    masks = halved(model)
    hold(model, masks)
    release(model)
    assert held(model) == {}
    trained(model, plain_sgd(model))
    assert revived(model, masks).keys() == masks.keys()


def test_without_masks_the_zeros_that_are_there_are_held() -> None:
    model = build("digits")
    masks = halved(model)
    apply(model, masks)
    hold(model)
    trained(model, plain_sgd(model))
    assert revived(model, masks) == {}


def test_gradients_of_held_zeros_reach_no_optimizer() -> None:
    model = build("digits")
    masks = halved(model)
    hold(model, masks)
    optimizer = plain_sgd(model)
    trained(model, optimizer)
    momentum = optimizer.state[model.get_parameter("fc1.weight")]["momentum_buffer"]
    assert not momentum[~masks["fc1.weight"]].any()


def test_masks_of_another_model_are_refused_all_at_once() -> None:
    model = build("digits")
    masks = {
        "conv1.wieght": torch.ones(1, dtype=torch.bool),
        "conv2.weight": torch.ones(2, dtype=torch.bool),
        "fc2.bias": torch.ones(10),
    }
    with pytest.raises(WrongMasks) as error:
        hold(model, masks)
    assert str(error.value).split("\n") == [
        "mask of conv1.wieght: the model has no such parameter; did you mean conv1.weight?",
        "mask of conv2.weight: has shape (2,), the parameter (32, 16, 3, 3)",
        "mask of fc2.bias: is of torch.float32, not of torch.bool",
    ]


@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=3))
def test_masks_come_back_from_disk_in_an_eighth_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[list[int]]
) -> None:
    noise = torch.Generator().manual_seed(0)
    masks: dict[str, Tensor] = {
        f"layer{i}.weight": torch.rand(shape, generator=noise) > 0.5
        for i, shape in enumerate(shapes)
    }
    path = tmp_path_factory.mktemp("masks") / "masks.safetensors"
    save_masks(masks, path)
    found = load_masks(path)
    assert found.keys() == masks.keys()
    assert all(torch.equal(found[name], masks[name]) for name in masks)


def test_files_that_hold_no_masks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="no such file"):
        load_masks(tmp_path / "masks.safetensors")
    save(build("digits"), tmp_path / "weights.safetensors")
    with pytest.raises(NotReadable, match="is not a whole file of masks"):
        load_masks(tmp_path / "weights.safetensors")


def test_a_mask_is_of_a_parameter() -> None:
    """A weight that is computed has none, and one that two layers share has one."""
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), weight_norm(nn.Linear(4, 4)))
    model[1].weight = model[0].weight
    assert masks_of(model).keys() == {"0.weight"}
    hold(model)
    assert held(model).keys() == {"0.weight"}
