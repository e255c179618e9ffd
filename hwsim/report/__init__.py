"""What is found out to what people and programs read: text, JSON, CSV and others, a module each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hwsim.report.forms import OF_EXPLANATION, OF_FRONT, OF_NETWORK, OF_RESULT, Form, Forms

if TYPE_CHECKING:
    from hwsim.explanation import Explanation
    from hwsim.fronts import Front
    from hwsim.result import Result
    from hwsim.workload.network import Network

    Shown = TypeVar("Shown", Result, Front, Explanation, Network)

__all__ = ["OF_EXPLANATION", "OF_FRONT", "OF_NETWORK", "OF_RESULT", "Form", "Forms", "render"]


def render(shown: "Shown", form: "str | Callable[[Shown], str]", *, colour: bool = False) -> str:
    """Write a result in a form: "text", "json", "csv", one that a package brings, or a function's.

    A front has the same forms, an explanation "text" and "json", a network "energy_tool" and
    "text". Only the text of a result, a front or an explanation has `colour`.

    Raises:
        ValueError: no form has that name.
        NotLoaded: the package that brings the form is broken.
    """
    return _forms(shown).render(shown, form, colour=colour)


def _forms(shown: object) -> Forms:
    """The forms of what is written out."""
    from hwsim.result import Result
    from hwsim.workload.network import Network

    if isinstance(shown, Result):
        return OF_RESULT
    if isinstance(shown, Network):
        return OF_NETWORK
    from hwsim.fronts import Front

    return OF_FRONT if isinstance(shown, Front) else OF_EXPLANATION
