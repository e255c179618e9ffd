"""A network that runs and is seen at it: hooks that go away, modes that stay, images beside it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

#: Called with a module's name, what it took and what it gave.
Look = Callable[[str, tuple[Any, ...], Any], None]


@contextmanager
def watched(modules: Mapping[str, nn.Module], look: Look) -> Iterator[None]:
    """Whenever one of the modules has run, `look` is called; afterwards nothing hangs on them."""

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        return lambda _module, inputs, outputs: look(name, inputs, outputs)

    hooks = [module.register_forward_hook(hook(name)) for name, module in modules.items()]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()


@contextmanager
def entered(
    modules: Mapping[str, nn.Module], take: Callable[[str, tuple[Any, ...]], None]
) -> Iterator[None]:
    """Whenever one of the modules is about to run, `take` is called with what it takes."""

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        return lambda _module, inputs: take(name, inputs)

    hooks = [module.register_forward_pre_hook(hook(name)) for name, module in modules.items()]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode; afterwards every module is in the mode that it was in."""
    with modes_kept(model):
        model.eval()
        yield


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Afterwards every module is in the mode, of training or evaluation, that it was in."""
    modes = {module: module.training for module in model.modules()}
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def beside(images: Tensor, weight: Tensor) -> Tensor:
    """Images as a model with such a weight takes them: on its device, and numbers that are no
    integers in its precision.
    """
    return images.to(weight) if images.is_floating_point() else images.to(weight.device)
