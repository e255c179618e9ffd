"""The command line: words that the user types to a call of the pipeline, its result to stdout."""

import gc
import sys
from errno import ENOSPC
from typing import Annotated

import typer

from hwsim.command import (
    cache,
    check,
    compare,
    explain,
    export,
    list,
    lock,
    show,
    simulate,
    sweep,
)
from hwsim.command.asis import Command
from hwsim.command.brought import Commands
from hwsim.command.forms import listing
from hwsim.command.output import Unwritable, discard_what_is_left, to_stderr
from hwsim.errors import BAD_INPUT
from hwsim.report import OF_COMPARISON, OF_EXPLANATION, OF_NETWORK, OF_RESULT, OF_SWEEP

__all__ = ["app", "main"]

EPILOG = (
    "Exit status: 0 done, 1 bad input, 2 wrong usage, 3 no mapping fits, 4 done, but a mapping is"
    " not proven to be the best, 130 interrupted."
)

#: Plain help and plain tracebacks: importing rich takes longer than printing them.
app = typer.Typer(
    name="hwsim",
    cls=Commands,
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list", cls=Command)(list.list_)
app.command("check", cls=Command)(check.check)
app.command("show", cls=Command)(show.show)
app.command("lock", cls=Command)(lock.lock)
app.command("simulate", cls=listing(OF_RESULT))(simulate.simulate)
app.command("explain", cls=listing(OF_EXPLANATION))(explain.explain)
app.command("compare", cls=listing(OF_COMPARISON))(compare.compare)
app.command("sweep", cls=listing(OF_SWEEP))(sweep.sweep)
app.command("export", cls=listing(OF_NETWORK))(export.export)

kept = typer.Typer(rich_markup_mode=None, subcommand_metavar="[COMMAND]")
kept.callback(invoke_without_command=True)(cache.show_cache)
kept.command("clear")(cache.clear)
app.add_typer(kept, name="cache")


#: Of new objects, when Python looks for circles to free: a search makes many, and no circles.
COLLECT_EVERY = 100_000


def main() -> None:
    """The script `hwsim`."""
    gc.set_threshold(COLLECT_EVERY)
    try:
        app(prog_name="hwsim")
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        discard_what_is_left()  # of help and the like, which typer prints
        to_stderr(str(Unwritable("standard output", str(error.strerror))))
        sys.exit(BAD_INPUT)


def _print_version(wanted: bool) -> None:
    if wanted:
        from hwsim import __version__

        typer.echo(f"hwsim {__version__}")
        raise typer.Exit


@app.callback()
def hwsim(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """From an architecture and a network, both declared in YAML, to what every layer costs."""
