"""The option `--format`: hwsim's own forms, and those that installed packages bring."""

from collections.abc import Callable
from typing import Any

import typer

from hwsim.command.asis import Command
from hwsim.report.forms import Forms

OPTION = "--format"


def form_of(forms: Forms, written: str) -> Any:
    """The option of a command that writes something `written`, such as "the report"."""
    return typer.Option(
        OPTION,
        parser=_known(forms),
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


def _known(forms: Forms) -> Callable[[str], str]:
    def known(name: str) -> str:
        if name not in forms.own and name not in forms.names:
            listed = ", ".join(map(repr, forms.names))
            raise typer.BadParameter(f"{name!r} is not one of {listed}.", param_hint=f"'{OPTION}'")
        return name

    return known


def _completed(forms: Forms) -> Callable[[str], list[str]]:
    def completed(incomplete: str) -> list[str]:
        return [name for name in forms.names if name.startswith(incomplete)]

    return completed
