"""What goes wrong to a message on stderr and an exit status, in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from hwsim.command.cache import Unusable
from hwsim.command.output import Unwritable, to_stderr
from hwsim.command.prune import Refused

BAD_INPUT = 1
NO_MAPPING = 3
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
    except Exception as error:
        mistake = _mistake(error)
        if mistake is None:
            raise
        status, message = mistake
        to_stderr(message)
        raise typer.Exit(status) from None


def _mistake(error: Exception) -> tuple[int, str] | None:
    """The exit status and the message of a user's mistake, None of anything else."""
    from hwsim.importer import MissingPackage, NotImported
    from hwsim.specification import SpecificationError
    from hwsim.workload.select import NoLayer

    read = SpecificationError | NotImported | MissingPackage
    if isinstance(error, read | NoLayer | Unwritable | Unusable | Refused):
        return BAD_INPUT, str(error)

    from hwsim.mapper import NoMapping
    from hwsim.report.energy_tool import NotDescribed
    from hwsim.solve import WorkerEnded

    if isinstance(error, WorkerEnded | NotDescribed):
        return BAD_INPUT, str(error)
    if isinstance(error, NoMapping):
        return NO_MAPPING, str(error)
    return None
