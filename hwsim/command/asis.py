"""Commands whose arguments are taken as they are where typer would make the same of them.

typer converts every value by pydantic, which takes longer to import than hwsim needs to report a
network. Most values are texts, or what was not said.
"""

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand, TyperGroup

from hwsim.command.threads import take_one


class Command(TyperCommand):
    """A command of hwsim: it takes arguments as they are where it can, and one thread."""

    def invoke(self, context: Any) -> Any:
        """What the command does, done."""
        take_one()
        return super().invoke(context)

    def get_params(self, context: Any) -> Any:
        """The parameters, each of which converts only what is to become something else."""
        return _converting_less(super().get_params(context))


class PlainGroup(TyperGroup):
    """A group of commands that takes arguments as they are where it can."""

    def get_params(self, context: Any) -> Any:
        """The parameters, each of which converts only what is to become something else."""
        return _converting_less(super().get_params(context))


def _converting_less(parameters: Any) -> Any:
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = _processed(parameter, parameter.process_value)
    return parameters


def _processed(parameter: Any, convert: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def processed(context: Any, value: Any) -> Any:
        if not _is_as_wanted(parameter, value):
            return convert(context, value)
        if value is None and (getattr(parameter, "multiple", False) or parameter.nargs == -1):
            value = ()
        return parameter.callback(context, parameter, value) if parameter.callback else value

    return processed


def _is_as_wanted(parameter: Any, value: Any) -> bool:
    """Whether it is the default, which is declared as it is wanted, or a text where one is."""
    if value is None:
        return not parameter.required
    if value is parameter.default:
        return True
    kind = getattr(parameter, "type_descriptor", None)  # of a typer that asks pydantic
    if kind is None or kind.parameter_info.parser is not None:
        return False
    return isinstance(value, str) and kind.annotation is str
