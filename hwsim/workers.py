"""Searches side by side, in processes that end with this one: what is missing to what is found."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from hwsim.architecture.architecture import Architecture
from hwsim.errors import Error
from hwsim.mapper import Mapped, NoMapping, Progress, Tell
from hwsim.mapper.watch import EVERY
from hwsim.mapping.pair import Pair
from hwsim.memo import Memo

#: What searches for the best mapping of a pair, known by its key, and tells how far it is.
Searcher = Callable[[str, Pair, Tell | None], Mapped | NoMapping]


class WorkerEnded(Error):
    """A process that searched was killed, or did not start."""

    def __str__(self) -> str:
        return (
            "a process that searched for mappings ended before its time, as when memory runs out:"
            " fewer jobs need less"
        )


@contextmanager
def searching(
    search: Searcher, missing: Mapping[str, Pair], jobs: int, tell: Tell | None
) -> Iterator[Callable[[str], Mapped | NoMapping]]:
    """Yield what gives the result of each search for what is `missing`, by its key.

    The searches run in processes, `jobs` at a time. The processes end when the context does, or
    when this process ends. Raises `WorkerEnded` when one of them ends of itself.
    """
    with worker_pool(min(jobs, len(missing))) as pool:
        with ctrl_c_waits():
            futures = {
                one: pool.submit(_search_handed, search, one, *handed)
                for one, handed in _pickled(missing)
            }
        yield lambda one: _awaited(futures[one], tell)


@contextmanager
def worker_pool(most: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes that end when the context does, or when this process ends.

    What is submitted is submitted while `ctrl_c_waits`. Raises `WorkerEnded` when one of the
    processes ends of itself.
    """
    given_up, give_up = Pipe(duplex=False)
    pool = ProcessPoolExecutor(most, initializer=_obey, initargs=(given_up, give_up))
    over = False
    try:
        yield pool
        over = True
    except BrokenProcessPool:
        raise WorkerEnded from None
    finally:
        with ctrl_c_waits():  # for no longer than the processes take to end
            if not over:
                give_up.send(None)
            pool.shutdown(cancel_futures=True)


def _pickled(pairs: Mapping[str, Pair]) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """Yield each pair as bytes; an architecture is pickled once.

    The pool pickles in a thread of its own while this thread goes on and may change things. Bytes
    do not change.
    """
    chips = Memo()
    for one, (architecture, layer) in pairs.items():
        chip = chips.recall(id(architecture), partial(pickle.dumps, architecture))
        yield one, (chip, pickle.dumps(layer))


def _search_handed(search: Searcher, one: str, chip: bytes, layer: bytes) -> Mapped | NoMapping:
    """Search, in a process of the pool, for what it was handed."""
    return search(one, Pair(_unpickled(chip), pickle.loads(layer)), None)


@lru_cache(maxsize=8)
def _unpickled(chip: bytes) -> Architecture:
    """Return the architecture, the same one for all layers that share it."""
    made: Architecture = pickle.loads(chip)
    return made


def _awaited(future: "Future[Mapped | NoMapping]", tell: Tell | None) -> Mapped | NoMapping:
    """Wait for the result of a search in another process, and tell how long it takes."""
    began = monotonic()
    while not wait([future], timeout=EVERY).done:
        if tell:
            gone = monotonic() - began
            tell(Progress(best=None, bound=None, seconds=gone, divisors_help=False))
    return future.result()


@contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back until the end, and keep it from processes that are started meanwhile.

    A process that heard it before it obeys its parent would break the pool. What a thread blocks is
    blocked in all processes that it starts. Windows cannot block a signal.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _obey(given_up: Connection, give_up: Connection) -> None:
    """End this process when its parent gives up, or has ended, and not before.

    Ctrl-C reaches every process of a terminal; the parent sees to the others.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_up.close()
    Thread(target=_end_after, args=(given_up,), daemon=True).start()


def _end_after(given_up: Connection) -> None:
    with suppress(EOFError, OSError):
        given_up.poll(None)
    os._exit(1)
