"""What a document says of zeros to the problems of it: formats and actions where they mean nothing.

Routes may be wrong as well; of names that no component has, nothing is said here.
"""

from collections.abc import Iterator
from typing import Any

from hwsim.architecture.charging import EVERY_MAC, OPERANDS
from hwsim.architecture.components import NO_FORMAT, NOTHING
from hwsim.specification import Document, Problem
from hwsim.vocabulary import OUTPUTS


def problems(document: Document) -> Iterator[Problem]:
    """The problems of what every component says of zeros."""
    yield from _format_problems(document)
    yield from _zero_problems(document)


def _format_problems(document: Document) -> Iterator[Problem]:
    """Formats of tensors that do not come by; of outputs where they are not yet finished."""
    for name, part in document.data["components"].items():
        for tensor, form in part.get("formats", {}).items():
            path = ("components", name, "formats", tensor)
            route = document.data["routes"][tensor]
            if name not in route:
                yield document.problem(path, f"{tensor} do not come by {name}", at_key=True)
            elif tensor == OUTPUTS and form != NO_FORMAT:
                before = route[1 : route.index(name) + 1]
                if any(_is_storage(document, other) for other in before):
                    what = f"{name} has partial sums, which are not encoded: outputs are, at home"
                    yield document.problem(path, what)


def _zero_problems(document: Document) -> Iterator[Problem]:
    """Zeros on which no access depends, or which an encoded tensor does not have."""
    for name, part in document.data["components"].items():
        for tensor, does in part.get("zeros", {}).items():
            path = ("components", name, "zeros", tensor)
            if does == NOTHING:
                continue
            if part.get("formats", {}).get(tensor, NO_FORMAT) != NO_FORMAT:
                what = f"encoded {tensor} have no zeros: take away their format, or this"
                yield document.problem(path, what)
            elif not (name in document.data["routes"][tensor] or _for_each_mac(document, name)):
                latched = _latched(document) and name not in document.data["routes"][tensor]
                why = ": operands are latched" if latched else ""
                what = f"no access at {name} depends on a zero of the {tensor}{why}"
                yield document.problem(path, what, at_key=True)


def _for_each_mac(document: Document, name: str) -> bool:
    """Whether a component is the MAC, or moves a tensor's words for each MAC."""
    if _latched(document):
        return False
    routes = [route for route in document.data["routes"].values() if name in route]
    behind = (route[route.index(name) + 1 :] for route in routes)
    return any(not any(_is_storage(document, other) for other in route) for route in behind)


def _latched(document: Document) -> bool:
    return OPERANDS[document.data["charging"].get("operands", EVERY_MAC)].latched


def _is_storage(document: Document, name: str) -> bool:
    part: dict[str, Any] = document.data["components"].get(name, {})
    return part.get("kind") == "storage"
