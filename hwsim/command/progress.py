"""Long work as it goes on: told to who waits for it, and kept when they end it."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TypeVar

from hwsim.command.output import takes_escapes, to_stderr

if TYPE_CHECKING:
    from hwsim.mapper import Progress

Passed = TypeVar("Passed")
#: Seconds between two lines where no terminal is.
SECONDS_BETWEEN_LINES = 10


class ProgressLine:
    """Tells on stderr what is at work: at a terminal in one line that leaves no trace, elsewhere in
    a line now and then, when it takes long.

    It stands still between two steps of the work: a thread that moved it would be in the way of
    processes that are forked.
    """

    def __init__(self) -> None:
        self._work = ""
        self._lines = 0

    def show(self, work: str) -> None:
        """Say what is at work."""
        self._work, self._lines = work, 0
        _put(work)

    @contextmanager
    def showing(self, work: str) -> Iterator[None]:
        """Say what is at work until it is done."""
        self.show(work)
        try:
            yield
        finally:
            self.show("")

    def tell(self, progress: "Progress") -> None:
        """Say how far it is."""
        told = f"{self._work}: {_told(progress)}"
        if takes_escapes(sys.stderr):
            _put(told)
        elif sys.stderr and progress.seconds >= SECONDS_BETWEEN_LINES * (self._lines + 1):
            self._lines = int(progress.seconds // SECONDS_BETWEEN_LINES)
            to_stderr(told)


def as_far_as_it_goes(
    work: Iterable[Passed], names: Sequence[str], line: ProgressLine | None = None
) -> tuple[list[Passed], bool]:
    """What of the work is done before Ctrl-C, if any is, and whether it was pressed.

    `names` are those of its pieces; the `line` tells the one at work.
    """
    done = list[Passed]()
    pieces = iter(work)
    line = line or ProgressLine()
    try:
        for number, name in enumerate(names, start=1):
            line.show(f"simulating {name}, {number} of {len(names)}")
            done.append(next(pieces))
        next(pieces, None)  # there is none: what it has started ends
    except KeyboardInterrupt:
        if not done:
            raise
        return done, True
    finally:
        line.show("")
    return done, False


def _told(progress: "Progress") -> str:
    """How far a search is, in words."""
    words = [f"{progress.seconds:.0f} s"]
    if progress.best is not None:
        words.append(f"best {progress.best:.4g}")
        if progress.bound is not None:
            gap = max(0.0, 1 - progress.bound / progress.best) if progress.best else 0.0
            words.append(f"the least may be {100 * gap:.2g} % lower")
    hint = "; --tiles divisors would leave far fewer mappings" if progress.divisors_help else ""
    return ", ".join(words) + hint


def _put(line: str) -> None:
    """Put the line in place of the last one, on a terminal that takes it."""
    from hwsim.specification.diagnostics import printable

    if takes_escapes(sys.stderr):
        sys.stderr.write(f"\r\x1b[K{printable(line)[: get_terminal_size().columns - 1]}")
        sys.stderr.flush()
