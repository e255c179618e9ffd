"""Models: each published network has the layers and the parameters that are published of it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import hwsim
from prune.errors import UnknownName
from prune.models import DEFINITIONS, build, defined_by, definition

Bounds = dict[str, int]

#: Parameters that are printed of each: torchvision's `num_params` of SqueezeNet; He et al., CVPR
#: 2016, table 6, of the ResNets, in millions.
PARAMETERS = {"squeezenet1_0": 1_248_424, "squeezenet1_1": 1_235_496}
MILLIONS = {"resnet20": "0.27", "resnet56": "0.85"}
#: Networks that the shelf has as well.
SHELF = ("alexnet", "googlenet", "squeezenet1_0")


def image_of(name: str) -> Tensor:
    """One image of noise for that network."""
    noise = torch.Generator().manual_seed(0)
    return torch.randn(1, *definition(name).input_shape, generator=noise)


def priced_layers(model: nn.Module, image: Tensor) -> dict[str, Bounds]:
    """The loop bounds of every convolution and linear layer, in the order in which they run."""
    bounds: dict[str, Bounds] = {}

    def watch(name: str, module: nn.Conv2d | nn.Linear) -> None:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            bounds[name] = bounds_of(module, output)

        module.register_forward_hook(hook)

    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            watch(name, module)
    with torch.inference_mode():
        model.eval()(image)
    return bounds


def bounds_of(module: nn.Conv2d | nn.Linear, output: Tensor) -> Bounds:
    """The loop bounds of a layer whose output was that."""
    groups = module.groups if isinstance(module, nn.Conv2d) else 1
    m, c, r, s = (*module.weight.shape, 1, 1)[:4]
    images, _, p, q = (*output.shape, 1, 1)[:4]
    return dict(zip("NGMCPQRS", (images, groups, m // groups, c, p, q, r, s), strict=True))


@pytest.mark.parametrize("name", SHELF)
def test_priced_layers_are_those_of_the_shelf_in_its_order(name: str) -> None:
    priced = priced_layers(build(name), image_of(name))
    assert list(priced.values()) == [
        dict(layer.bounds) for layer in hwsim.load_network(name).layers
    ]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_importing_a_model_gives_the_layers_that_run_by_their_names(name: str) -> None:
    imported = hwsim.from_torch(build(name), image_of(name))
    found = {layer.name: dict(layer.bounds) for layer in imported.layers}
    assert found == priced_layers(build(name), image_of(name))


def test_alexnets_layers_have_the_names_of_the_shelf() -> None:
    priced = priced_layers(build("alexnet"), image_of("alexnet"))
    assert list(priced) == [layer.name for layer in hwsim.load_network("alexnet").layers]


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_as_many_as_published(name: str) -> None:
    assert sum(parameter.numel() for parameter in build(name).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", MILLIONS)
def test_resnets_have_the_published_millions_of_parameters(name: str) -> None:
    total = sum(parameter.numel() for parameter in build(name).parameters())
    assert f"{total / 1e6:.2f}" == MILLIONS[name]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_model_yields_a_logit_a_class(name: str) -> None:
    for classes in (definition(name).classes, 3):
        logits = build(name, classes=classes).eval()(image_of(name))
        assert logits.shape == (1, classes)


@pytest.mark.parametrize("name", ["digits", "googlenet", "resnet20", "squeezenet1_1"])
def test_every_kind_of_model_is_exported_and_computes_the_same(name: str) -> None:
    model, image = build(name).eval(), image_of(name)
    exported = torch.export.export(model, (image,)).module()
    assert torch.equal(exported(image), model(image))


def test_weights_of_a_new_model_depend_on_the_seed_only() -> None:
    first, again, other = (build("digits", seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["fc1.weight"], other["fc1.weight"])


def test_building_a_model_leaves_the_callers_random_numbers_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    build("digits", seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_an_unknown_model_is_answered_with_what_was_probably_meant() -> None:
    with pytest.raises(UnknownName, match=r"no model 'googlnet'; did you mean googlenet\?"):
        build("googlnet")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_weights_tell_of_what_model_they_are_for_any_number_of_classes(name: str) -> None:
    with torch.device("meta"):
        assert defined_by(build(name, classes=3).state_dict()) == name


def test_weights_of_no_published_model_are_nobodys() -> None:
    assert defined_by(nn.Linear(2, 3).state_dict()) is None
