"""All that is written out, and the forms that it is written in: hwsim's own, and those brought."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from hwsim.extensions import (
    COMPARISONS,
    EXPLANATIONS,
    EXPORTS,
    FRONTS,
    REPORTS,
    SWEEPS,
    NotLoaded,
    found,
    in_words,
    loaded,
)

if TYPE_CHECKING:
    from hwsim.workload.network import Network


@dataclass(frozen=True, slots=True)
class Form:
    """A function from what is written out to its text; it takes `colour` if it is `coloured`."""

    write: Callable[..., str]
    coloured: bool = False

    @classmethod
    def in_module(cls, name: str, *, coloured: bool = False) -> Self:
        """The form that `render` of a module of this room writes, imported when it is asked for."""

        def write(this: Any, **how: bool) -> str:
            text: str = import_module(f"hwsim.report.{name}").render(this, **how)
            return text

        return cls(write, coloured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The forms of what is called so: hwsim's own by name, and those of a group of entry points."""

    what: str
    own: Mapping[str, Form]
    group: str

    @property
    def names(self) -> tuple[str, ...]:
        """Hwsim's own names, then those that packages bring, of which nothing is imported."""
        return tuple(dict.fromkeys([*self.own, *sorted(found(self.group))]))

    def render(self, this: Any, form: str | Callable[[Any], str], *, colour: bool = False) -> str:
        """The text of this in the form of that name, or as the function writes it.

        Raises `ValueError` for a name that there is not, `NotLoaded` for what is broken.
        """
        if callable(form):
            return form(this)
        known = self.own.get(form) or Form(self._brought(form))
        return known.write(this, colour=colour) if known.coloured else known.write(this)

    def _brought(self, name: str) -> Callable[[Any], str]:
        entry = found(self.group).get(name)
        if entry is None:
            *others, last = self.names
            there = f"there are {', '.join(others)} and {last}"
            raise ValueError(f"no {self.what} is called {name!r}; {there}")
        function: Callable[[Any], str] = loaded(entry)
        if not callable(function):
            raise NotLoaded(in_words(entry), "it is no function")
        return function


def _energy_tool(network: "Network") -> str:
    from hwsim import energy_tool

    return energy_tool.render(network)


#: Of a result; the first form is the one that is taken where none is named.
OF_RESULT: Final = Forms(
    what="report",
    own=MappingProxyType(
        {
            "text": Form.in_module("text", coloured=True),
            "json": Form.in_module("json"),
            "csv": Form.in_module("csv"),
            "html": Form.in_module("html.result"),
        }
    ),
    group=REPORTS,
)
#: Of a front.
OF_FRONT: Final = Forms(
    what="front",
    own=MappingProxyType(
        {
            "text": Form.in_module("front.text", coloured=True),
            "json": Form.in_module("front.json"),
            "csv": Form.in_module("front.csv"),
        }
    ),
    group=FRONTS,
)
#: Of an explanation.
OF_EXPLANATION: Final = Forms(
    what="explanation",
    own=MappingProxyType(
        {
            "text": Form.in_module("explain.text", coloured=True),
            "json": Form.in_module("explain.json"),
        }
    ),
    group=EXPLANATIONS,
)
#: Of a network.
OF_NETWORK: Final = Forms(
    what="export",
    own=MappingProxyType({"energy_tool": Form(_energy_tool), "text": Form.in_module("network")}),
    group=EXPORTS,
)
#: Of a comparison.
OF_COMPARISON: Final = Forms(
    what="comparison",
    own=MappingProxyType(
        {
            "text": Form.in_module("compare.text", coloured=True),
            "json": Form.in_module("compare.json"),
            "csv": Form.in_module("compare.csv"),
            "html": Form.in_module("html.comparison"),
        }
    ),
    group=COMPARISONS,
)
#: Of a sweep.
OF_SWEEP: Final = Forms(
    what="sweep",
    own=MappingProxyType(
        {
            "text": Form.in_module("sweep.text", coloured=True),
            "json": Form.in_module("sweep.json"),
            "csv": Form.in_module("sweep.csv"),
            "html": Form.in_module("html.sweep"),
        }
    ),
    group=SWEEPS,
)
