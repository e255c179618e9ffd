"""The name of a format to the format: one of hwsim's own, or one that a package brings."""

from functools import cache

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Mover
from hwsim.extensions import FORMATS as GROUP
from hwsim.extensions import NotLoaded, found, in_words, loaded
from hwsim.sparsity.formats import SHIPPED, Format


def format_of(name: str) -> Format:
    """The format of that name; raises `NotLoaded` where a package brings it in vain."""
    return SHIPPED[name] if name in SHIPPED else _brought(name)


def brought(architecture: Architecture) -> list[tuple[Mover, str]]:
    """The components and tensors whose format a package brings; raises `NotLoaded`."""
    return [
        (part, tensor)
        for part in architecture.components.values()
        if isinstance(part, Mover)
        for tensor, name in part.formats.items()
        if format_of(name) not in SHIPPED.values()
    ]


@cache
def _brought(name: str) -> Format:
    entry = found(GROUP)[name]
    one = loaded(entry)
    if not isinstance(one, Format):
        raise NotLoaded(in_words(entry), "it is no hwsim.Format")
    return one
