"""What is found out to what people and programs read: text, JSON, CSV and others, a module each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hwsim.report.forms import (
    OF_COMPARISON,
    OF_EXPLANATION,
    OF_NETWORK,
    OF_RESULT,
    Form,
    Forms,
)

if TYPE_CHECKING:
    from hwsim.comparison import Comparison
    from hwsim.explanation import Explanation
    from hwsim.result import Result
    from hwsim.workload.network import Network

    Shown = TypeVar("Shown", Result, Explanation, Comparison, Network)

__all__ = [
    "OF_COMPARISON",
    "OF_EXPLANATION",
    "OF_NETWORK",
    "OF_RESULT",
    "Form",
    "Forms",
    "render",
]


def render(shown: "Shown", form: "str | Callable[[Shown], str]", *, colour: bool = False) -> str:
    """Write a result in a form: "text", "json", "csv", one that a package brings, or a function's.

    An explanation has the forms "text" and "json", a network "energy_tool" and "text". Only the
    text of a result, a comparison or an explanation has `colour`.

    Raises:
        ValueError: no form has that name.
        NotLoaded: the package that brings the form is broken.
    """
    from hwsim.comparison import Comparison
    from hwsim.result import Result
    from hwsim.workload.network import Network

    if isinstance(shown, Result):
        forms = OF_RESULT
    elif isinstance(shown, Comparison):
        forms = OF_COMPARISON
    elif isinstance(shown, Network):
        forms = OF_NETWORK
    else:
        forms = OF_EXPLANATION
    return forms.render(shown, form, colour=colour)
