"""Components to the problems of each alone: what it holds, how large it is, which axes it has."""

from collections.abc import Iterator

from hwsim.architecture.check.named import named
from hwsim.architecture.components.component import word_bits
from hwsim.architecture.components.storage import BUFFERS, words_of
from hwsim.meant import closest
from hwsim.specification import Document, Problem


def problems(document: Document) -> Iterator[Problem]:
    """The problems of every component."""
    yield from _compute_problems(document)
    yield from _storage_problems(document)
    yield from _bypass_problems(document)
    yield from _array_problems(document)


def _compute_problems(document: Document) -> Iterator[Problem]:
    """The MAC: there is one."""
    units = list(named(document, "compute"))
    if not units:
        what = "no component of kind compute: nothing multiplies"
        yield document.problem(("components",), what, at_key=True)
    for name in units[1:]:
        what = f"is a second component of kind compute, beside {units[0]}"
        yield document.problem(("components", name), what, at_key=True)


def _storage_problems(document: Document) -> Iterator[Problem]:
    """Capacities that are split among other tensors than the storage holds, or are too small."""
    for name, part in named(document, "storage").items():
        key = "capacity_bytes" if "capacity_bytes" in part else "capacity_words"
        path, holds, capacity = ("components", name, key), part["holds"], part.get(key)
        if isinstance(capacity, int):
            yield from _too_small(document, path, holds, capacity)
        if not isinstance(capacity, dict):
            continue
        for tensor in holds:
            if tensor not in capacity:
                what = f"is split among tensors, but has no part for {tensor}"
                yield document.problem(path, what, at_key=True)
        for tensor, amount in capacity.items():
            if tensor not in holds:
                what = f"{name} does not hold {tensor}"
                yield document.problem((*path, tensor), what, at_key=True)
            else:
                yield from _too_small(document, (*path, tensor), [tensor], amount)


def _too_small(
    document: Document, path: tuple[str, ...], tensors: list[str], amount: int
) -> Iterator[Problem]:
    """A capacity that cannot hold one element of each of its tensors."""
    _, name, key, *_ = path
    bits = word_bits(document.data["components"][name], document.data)
    buffers = document.data["components"][name].get(BUFFERS, 1)
    words = words_of(amount, key == "capacity_bytes", bits) // buffers
    if words < len(tensors):
        room = f"{words} {'word' if words == 1 else 'words'} of {bits} bits"
        room += f" in each of {buffers} buffers" if buffers > 1 else ""
        each = " each" if len(tensors) > 1 else ""
        yield document.problem(
            path, f"{room} cannot hold one element{each} of {' and '.join(tensors)}"
        )


def _bypass_problems(document: Document) -> Iterator[Problem]:
    """Tensors that may bypass a storage that does not hold them, or their home."""
    routes = document.data["routes"]
    for name, part in named(document, "storage").items():
        for index, tensor in enumerate(part.get("may_bypass", ())):
            path = ("components", name, "may_bypass", index)
            if tensor not in part["holds"]:
                what = f"{name} does not hold {tensor}, which bypass it in any case"
                yield document.problem(path, what)
            elif routes[tensor][0] == name:
                what = f"{tensor} live in {name}, where their route begins: they cannot bypass it"
                yield document.problem(path, what)


def _array_problems(document: Document) -> Iterator[Problem]:
    for name, part in named(document, "array").items():
        for index, axis in enumerate(part.get("reduces_along", ())):
            if axis not in part["axes"]:
                yield document.problem(
                    ("components", name, "reduces_along", index),
                    f"{name} has no axis '{axis}'",
                    closest(axis, part["axes"]),
                )
