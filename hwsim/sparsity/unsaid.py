"""An architecture and layers to the values that are counted as wider at one place than at another.

What neither network nor chip gives bits to is a word wherever it is. Where words differ in width,
as those of memories that read several values at a time, that cannot be what the value is
everywhere.
"""

from collections.abc import Iterable, Mapping

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compute, Mover
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS
from hwsim.workload.layer import Layer

#: Bits of a word by component.
Widths = Mapping[str, int]


def unsaid(architecture: Architecture, layers: Iterable[Layer]) -> dict[str, Widths]:
    """By what the chip and some layer give no bits to, the widths of its words that contradict.

    Operands are the same values all the way. A partial sum may grow wider on its way inwards, where
    it is added to; outwards it does not.
    """
    layers = tuple(layers)
    widths = {
        WEIGHTS: _differing(_on_route(architecture, WEIGHTS)),
        INPUTS: _differing(_on_route(architecture, INPUTS)),
        PARTIAL_SUMS: _widening(_on_route(architecture, OUTPUTS)),
    }
    home = architecture.routes[OUTPUTS][0]
    widths[OUTPUTS] = widths[PARTIAL_SUMS] if home in _wider(widths[PARTIAL_SUMS]) else {}
    return {
        what: of
        for what, of in widths.items()
        if of
        and what not in architecture.compute.bits
        and any(what not in layer.data.bits for layer in layers)
    }


def _on_route(architecture: Architecture, tensor: str) -> dict[str, int]:
    """The words on the route of a tensor, outermost first; those of the MAC are its operands'."""
    wordy = Mover if tensor == OUTPUTS else Mover | Compute
    parts = (architecture.components[name] for name in architecture.routes[tensor])
    return {part.name: part.word_bits for part in parts if isinstance(part, wordy)}


def _differing(widths: Widths) -> Widths:
    return widths if len(set(widths.values())) > 1 else {}


def _widening(widths: Widths) -> Widths:
    return widths if _wider(widths) else {}


def _wider(widths: Widths) -> set[str]:
    """The components with wider words than one further inside."""
    names = [*widths]
    return {
        name
        for at, name in enumerate(names)
        if any(widths[inner] < widths[name] for inner in names[at + 1 :])
    }
