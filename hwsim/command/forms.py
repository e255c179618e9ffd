"""The option `--format`: hwsim's own forms, and those that installed packages bring."""

from collections.abc import Callable
from typing import Any

import typer

from hwsim.command.asis import Command
from hwsim.report.forms import Forms

OPTION = "--format"


def form_of(forms: Forms, written: str, other: Forms | None = None) -> Any:
    """The option of a command that writes something `written`, such as "the report", or at times
    another thing in `other` forms: `check_form` says then which there are.
    """
    return typer.Option(
        OPTION,
        parser=_known(forms) if other is None else str,
        metavar=_choice(forms.own),
        autocompletion=_completed(forms),
        help=f"Write {written} in this form.",
    )


def listing(forms: Forms) -> type[Command]:
    """A command whose help lists the brought forms too, which are looked for only then."""

    class Listing(Command):
        def format_help(self, *context: Any) -> None:
            for option in self.params:
                if OPTION in option.opts:
                    option.metavar = _choice(forms.names)
            super().format_help(*context)

    return Listing


def _choice(names: Any) -> str:
    return f"<{'|'.join(names)}>"


def check_form(forms: Forms, name: str) -> None:
    """Refuse a form that there is not."""
    if name not in forms.own and name not in forms.names:
        listed = ", ".join(map(repr, forms.names))
        raise typer.BadParameter(f"{name!r} is not one of {listed}.", param_hint=f"'{OPTION}'")


def _known(forms: Forms) -> Callable[[str], str]:
    def known(name: str) -> str:
        check_form(forms, name)
        return name

    return known


def _completed(forms: Forms) -> Callable[[str], list[str]]:
    def completed(incomplete: str) -> list[str]:
        return [name for name in forms.names if name.startswith(incomplete)]

    return completed
