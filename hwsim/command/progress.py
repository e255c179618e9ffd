"""Long work as it goes on: shown to a person at the terminal, and kept when they end it."""

import sys
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from typing import TypeVar

from hwsim.command.output import takes_escapes

Done = TypeVar("Done")


def as_far_as_it_goes(work: Iterable[Done], names: Sequence[str]) -> tuple[list[Done], bool]:
    """What of the work is done before Ctrl-C, if any is, and whether it was pressed.

    `names` are those of its pieces; the one at work is shown, and leaves no trace.
    """
    done = list[Done]()
    pieces = iter(work)
    try:
        for number, name in enumerate(names, start=1):
            _show(f"simulating {name}, {number} of {len(names)}")
            done.append(next(pieces))
        next(pieces, None)  # there is none: what it has started ends
    except KeyboardInterrupt:
        if not done:
            raise
        return done, True
    finally:
        _show("")
    return done, False


def _show(line: str) -> None:
    """Put the line in place of the last one, on a terminal that takes it.

    It stands still: a thread that moved it would be in the way of processes that are forked.
    """
    from hwsim.specification.diagnostics import printable

    if takes_escapes(sys.stderr):
        sys.stderr.write(f"\r\x1b[K{printable(line)[: get_terminal_size().columns - 1]}")
        sys.stderr.flush()
