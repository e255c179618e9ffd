"""What goes wrong to a message on stderr and an exit status, in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from hwsim.command.output import to_stderr
from hwsim.errors import Error

UNPROVEN = 4
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BROKEN_PIPE = 141  # 128 + SIGPIPE


@contextmanager
def exit_status() -> Iterator[None]:
    """Ends a command with the exit status of what it raises; an internal error traces back."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise typer.Exit(BROKEN_PIPE) from None
    except Error as error:
        to_stderr(str(error))
        raise typer.Exit(error.status) from None
