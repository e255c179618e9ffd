"""The name of an estimator to the estimator: given in Python, shipped, or of a package."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final

from hwsim.estimators.estimate import CannotEstimate, Estimator
from hwsim.extensions import ESTIMATORS, found, in_words, loaded

#: The laws and tables that are shipped, a module each, and what they are good for.
SHIPPED: Final = {
    "sram": "storages on the chip",
    "register_file": "small storages in a PE",
    "dram": "storages off the chip, by their kind",
    "wire": "networks, by their length",
    "aladdin": "40 nm, multiply-accumulates",
    "horowitz": "45 nm, operations and memories",
    "accelergy": "parts of the public Eyeriss designs",
    "eyeriss": "Eyeriss, in MACs",
    "voltage": "nothing alone: how figures change with the voltage",
}

#: What is shipped, and asks programs and packages that are not.
OUTSIDE: Final = {
    "cacti": "storages on the chip, by a CACTI of the user's",
    "hwcomponents": "memories and MACs, by the packages of that name",
}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, tuple | list) and all(map(_is_text, value))


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


#: What every estimator has, and whether it is as it is to be.
PARTS: Final[Mapping[str, Callable[[object], bool]]] = {
    "name": _is_text,
    "unit": _is_text,
    "takes": _is_list_of_texts,
    "cancels": _is_mapping,
    "estimate": callable,
}


def estimator_of(name: str, given: Mapping[str, Estimator]) -> Estimator | None:
    """The estimator, or None; only one that is asked for is imported.

    Raises `Error` for one that a package brings and that cannot be had.
    """
    if name in given:
        return given[name]
    if name in SHIPPED or name in OUTSIDE:
        shipped: Estimator = import_module(f"hwsim.estimators.{name}").ESTIMATOR
        return shipped
    brought = found(ESTIMATORS).get(name)
    return None if brought is None else whole(loaded(brought), in_words(brought))


def whole(estimator: Any, told: str) -> Estimator:
    """The estimator; raises `CannotEstimate` where it lacks what every estimator
    has, or has something else in its place.
    """
    lacks = [name for name in PARTS if not hasattr(estimator, name)]
    if lacks:
        raise CannotEstimate(f"{told}, is no estimator: it has no {', '.join(lacks)}")
    for name, fits in PARTS.items():
        if not fits(part := getattr(estimator, name)):
            raise CannotEstimate(f"{told}, is no estimator: its {name} is {part!r}")
    made: Estimator = estimator
    return made


def names(given: Iterable[str]) -> list[str]:
    """The names of all that there are."""
    ours = {**SHIPPED, **OUTSIDE}
    return [*given, *ours, *(name for name in found(ESTIMATORS) if name not in ours)]


def says_the_same_everywhere(name: str) -> bool:
    """Whether it is a law or a table of hwsim's own: all others depend on what is installed."""
    return name in SHIPPED
