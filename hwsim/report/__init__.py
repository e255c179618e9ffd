"""What is found out to what people and programs read: text, JSON, CSV and others, a module each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hwsim.report.forms import (
    OF_COMPARISON,
    OF_EXPLANATION,
    OF_NETWORK,
    OF_RESULT,
    OF_SWEEP,
    Form,
    Forms,
)

if TYPE_CHECKING:
    from hwsim.comparison import Comparison
    from hwsim.explanation import Explanation
    from hwsim.result import Result
    from hwsim.study import Sweep
    from hwsim.workload.network import Network

    Shown = TypeVar("Shown", Result, Explanation, Comparison, Sweep, Network)

__all__ = [
    "OF_COMPARISON",
    "OF_EXPLANATION",
    "OF_NETWORK",
    "OF_RESULT",
    "OF_SWEEP",
    "Form",
    "Forms",
    "render",
]


def render(shown: "Shown", form: "str | Callable[[Shown], str]", *, colour: bool = False) -> str:
    """Write a result in a form: "text", "json", "csv", one that a package brings, or a function's.

    An explanation has the forms "text" and "json", a network "energy_tool" and "text". Only the
    text of a result, a comparison, a sweep or an explanation has `colour`.

    Raises:
        ValueError: no form has that name.
        NotLoaded: the package that brings the form is broken.
    """
    from hwsim.result import Result

    this: object = shown
    forms = OF_RESULT if isinstance(this, Result) else _forms_of(this)
    return forms.render(shown, form, colour=colour)


def _forms_of(shown: object) -> Forms:
    """What takes longer to import is asked only where it is not a result."""
    from hwsim.comparison import Comparison
    from hwsim.study import Sweep
    from hwsim.workload.network import Network

    if isinstance(shown, Network):
        return OF_NETWORK
    if isinstance(shown, Comparison):
        return OF_COMPARISON
    return OF_SWEEP if isinstance(shown, Sweep) else OF_EXPLANATION
