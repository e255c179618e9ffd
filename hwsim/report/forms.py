"""All that is written out, and the forms that it is written in: hwsim's own, and those brought."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

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
    from hwsim.comparison import Comparison
    from hwsim.explanation import Explanation
    from hwsim.fronts import Front
    from hwsim.result import Result
    from hwsim.study import Sweep
    from hwsim.workload.network import Network


@dataclass(frozen=True, slots=True)
class Form:
    """A function from what is written out to its text; it takes `colour` if it is `coloured`."""

    write: Callable[..., str]
    coloured: bool = False


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


def _result_text(result: "Result", *, colour: bool) -> str:
    from hwsim.report import text

    return text.render(result, colour=colour)


def _result_json(result: "Result") -> str:
    from hwsim.report import json

    return json.render(result)


def _result_csv(result: "Result") -> str:
    from hwsim.report import csv

    return csv.render(result)


def _result_html(result: "Result") -> str:
    from hwsim.report.html import result as results

    return results.render(result)


def _front_text(front: "Front", *, colour: bool) -> str:
    from hwsim.report.front import text

    return text.render(front, colour=colour)


def _front_json(front: "Front") -> str:
    from hwsim.report.front import json

    return json.render(front)


def _front_csv(front: "Front") -> str:
    from hwsim.report.front import csv

    return csv.render(front)


def _explanation_text(explanation: "Explanation", *, colour: bool) -> str:
    from hwsim.report.explain import text

    return text.render(explanation, colour=colour)


def _explanation_json(explanation: "Explanation") -> str:
    from hwsim.report.explain import json

    return json.render(explanation)


def _comparison_text(comparison: "Comparison", *, colour: bool) -> str:
    from hwsim.report.compare import text

    return text.render(comparison, colour=colour)


def _comparison_json(comparison: "Comparison") -> str:
    from hwsim.report.compare import json

    return json.render(comparison)


def _comparison_csv(comparison: "Comparison") -> str:
    from hwsim.report.compare import csv

    return csv.render(comparison)


def _comparison_html(comparison: "Comparison") -> str:
    from hwsim.report.html import comparison as comparisons

    return comparisons.render(comparison)


def _sweep_html(sweep: "Sweep") -> str:
    from hwsim.report.html import sweep as sweeps

    return sweeps.render(sweep)


def _sweep_text(sweep: "Sweep", *, colour: bool) -> str:
    from hwsim.report.sweep import text

    return text.render(sweep, colour=colour)


def _sweep_json(sweep: "Sweep") -> str:
    from hwsim.report.sweep import json

    return json.render(sweep)


def _sweep_csv(sweep: "Sweep") -> str:
    from hwsim.report.sweep import csv

    return csv.render(sweep)


def _energy_tool(network: "Network") -> str:
    from hwsim import energy_tool

    return energy_tool.render(network)


def _network_text(network: "Network") -> str:
    from hwsim.report import network as networks

    return networks.render(network)


#: Of a result; the first form is the one that is taken where none is named.
OF_RESULT: Final = Forms(
    what="report",
    own=MappingProxyType(
        {
            "text": Form(_result_text, coloured=True),
            "json": Form(_result_json),
            "csv": Form(_result_csv),
            "html": Form(_result_html),
        }
    ),
    group=REPORTS,
)
#: Of a front.
OF_FRONT: Final = Forms(
    what="front",
    own=MappingProxyType(
        {
            "text": Form(_front_text, coloured=True),
            "json": Form(_front_json),
            "csv": Form(_front_csv),
        }
    ),
    group=FRONTS,
)
#: Of an explanation.
OF_EXPLANATION: Final = Forms(
    what="explanation",
    own=MappingProxyType(
        {"text": Form(_explanation_text, coloured=True), "json": Form(_explanation_json)}
    ),
    group=EXPLANATIONS,
)
#: Of a network.
OF_NETWORK: Final = Forms(
    what="export",
    own=MappingProxyType({"energy_tool": Form(_energy_tool), "text": Form(_network_text)}),
    group=EXPORTS,
)
#: Of a comparison.
OF_COMPARISON: Final = Forms(
    what="comparison",
    own=MappingProxyType(
        {
            "text": Form(_comparison_text, coloured=True),
            "json": Form(_comparison_json),
            "csv": Form(_comparison_csv),
            "html": Form(_comparison_html),
        }
    ),
    group=COMPARISONS,
)
#: Of a sweep.
OF_SWEEP: Final = Forms(
    what="sweep",
    own=MappingProxyType(
        {
            "text": Form(_sweep_text, coloured=True),
            "json": Form(_sweep_json),
            "csv": Form(_sweep_csv),
            "html": Form(_sweep_html),
        }
    ),
    group=SWEEPS,
)
