"""The commands that installed packages bring, listed in a help text without being imported."""

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from hwsim.command.asis import PlainGroup
from hwsim.command.status import exit_status
from hwsim.extensions import COMMANDS, NotLoaded, docstring, found, in_words, loaded

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Commands(PlainGroup):
    """hwsim's own commands, then those that packages bring; what goes wrong has an exit status."""

    def list_commands(self, *context: Any) -> list[str]:
        """The names of all of them."""
        self._look()
        return super().list_commands(*context)

    def get_command(self, context: Any, name: str) -> Any:
        """The command of that name, or None; packages are asked where hwsim has none."""
        if name not in self.commands:
            self._look()
        return super().get_command(context, name)

    def invoke(self, *context: Any) -> Any:
        """The called command, done."""
        with exit_status():
            return super().invoke(*context)

    def _look(self) -> None:
        for name, entry in sorted(found(COMMANDS).items()):
            if name not in self.commands:
                self.commands[name] = Brought(entry)


class Brought(TyperCommand):
    """A command that a package brings: known by its docstring, imported when it is called."""

    def __init__(self, entry: "EntryPoint") -> None:
        super().__init__(name=entry.name, help=_help(entry), rich_markup_mode=None)
        self.entry = entry

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """The context of the command itself; raises `NotLoaded`."""
        try:
            command = _command(self.entry)
        except NotLoaded:
            if options.get("resilient_parsing"):  # completion says nothing of what is broken
                return super().make_context(*arguments, **options)
            raise
        return command.make_context(*arguments, **options)


def _help(entry: "EntryPoint") -> str:
    try:
        return docstring(entry)
    except NotLoaded as error:
        return f"Cannot be loaded: {error.reason}"


def _command(entry: "EntryPoint") -> Any:
    """A function or a Typer as a command; raises `NotLoaded` where it is neither."""
    brought = loaded(entry)
    if not isinstance(brought, typer.Typer):
        if not callable(brought):
            raise NotLoaded(in_words(entry), "it is neither a function nor a Typer")
        function, brought = brought, typer.Typer(rich_markup_mode=None, add_completion=False)
        brought.command(entry.name)(function)
    try:
        return get_command(brought)
    except RuntimeError as error:
        raise NotLoaded(in_words(entry), str(error).partition("\n")[0]) from None
