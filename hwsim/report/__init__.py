"""What is found out to what people and programs read: text, JSON, CSV and others, a module each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hwsim.report.forms import (
    OF_COMPARISON,
    OF_EXPLANATION,
    OF_FRONT,
    OF_NETWORK,
    OF_RESULT,
    OF_SWEEP,
    Form,
    Forms,
)

if TYPE_CHECKING:
    from hwsim.comparison import Comparison
    from hwsim.explanation import Explanation
    from hwsim.fronts import Front
    from hwsim.result import Result
    from hwsim.study import Sweep
    from hwsim.workload.network import Network

    Shown = TypeVar("Shown", Result, Front, Explanation, Comparison, Sweep, Network)

__all__ = [
    "OF_COMPARISON",
    "OF_EXPLANATION",
    "OF_FRONT",
    "OF_NETWORK",
    "OF_RESULT",
    "OF_SWEEP",
    "Form",
    "Forms",
    "render",
]


def render(shown: "Shown", form: "str | Callable[[Shown], str]", *, colour: bool = False) -> str:
    """Write a result in a form: "text", "json", "csv", one that a package brings, or a function's.

    A front has the forms of a result, an explanation "text" and "json", a network "energy_tool" and
    "text". Only the text of a network has no `colour`.

    Raises:
        ValueError: no form has that name.
        NotLoaded: the package that brings the form is broken.
    """
    this: object = shown
    return _forms_of(this).render(shown, form, colour=colour)


def _forms_of(shown: object) -> Forms:
    """What takes longer to import is asked only where it is not a result."""
    from hwsim.result import Result

    if isinstance(shown, Result):
        return OF_RESULT
    from hwsim.comparison import Comparison
    from hwsim.fronts import Front
    from hwsim.study import Sweep
    from hwsim.workload.network import Network

    of = {Network: OF_NETWORK, Comparison: OF_COMPARISON, Sweep: OF_SWEEP, Front: OF_FRONT}
    return of.get(type(shown), OF_EXPLANATION)
