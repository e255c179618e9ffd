"""Long work as it goes on: shown to a person at the terminal, and kept when they end it."""

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from hwsim.command.output import takes_escapes

Done = TypeVar("Done")


def as_far_as_it_goes(work: Iterable[Done], names: Sequence[str]) -> tuple[list[Done], bool]:
    """What of the work is done before Ctrl-C, if any is, and whether it was pressed.

    `names` are those of its pieces; the one at work is shown, and leaves no trace.
    """
    done = list[Done]()
    try:
        for one in _shown(work, names):
            done.append(one)
    except KeyboardInterrupt:
        if not done:
            raise
        return done, True
    return done, False


def _shown(work: Iterable[Done], names: Sequence[str]) -> Iterable[Done]:
    if not takes_escapes(sys.stderr):
        yield from work
        return

    from rich.console import Console

    with Console(stderr=True).status("") as status:
        pieces = iter(work)
        for number, name in enumerate(names, start=1):
            status.update(f"simulating {name}, {number} of {len(names)}")
            yield next(pieces)
