"""Layers to their best mappings: every shape once, from the cache or searched, side by side."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, key
from hwsim.mapper import Interrupted, Mapped, NoMapping, Options, Progress, mapped
from hwsim.workload.layer import Layer

#: A layer, and what it is to be mapped on.
Problem = tuple[Architecture, Layer]
#: What is told of a search as it goes on.
Tell = Callable[[Progress], None]
#: Seconds between two tellings of a search in another process.
EVERY = 1.0


class WorkerEnded(Exception):
    """A process that searched was killed, or did not start."""

    def __str__(self) -> str:
        return (
            "a process that searched for mappings ended before its time, as when memory runs out:"
            " fewer jobs need less"
        )


def solve(
    architecture: Architecture,
    layers: Sequence[Layer],
    options: Options,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[Mapped | NoMapping]:
    """The best mapping of each layer in turn, or why it has none."""
    return solve_each([(architecture, layer) for layer in layers], options, jobs, cache, tell)


def solve_each(
    problems: Sequence[Problem],
    options: Options,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[Mapped | NoMapping]:
    """The best mapping of each layer on its architecture in turn, or why it has none; `tell` is
    told how far the search for it is. On Ctrl-C the best so far is the last.

    `jobs` processes search at a time; they end when the iteration is given up, or this process
    ends. Raises `WorkerEnded` when one of them ends of itself.
    """
    keys = [key(architecture, layer, options) for architecture, layer in problems]
    shapes = dict(zip(keys, problems, strict=True))
    solved: dict[str, Mapped | NoMapping | None] = {
        one: _kept(cache, one, options) if cache else None for one in shapes
    }
    missing = {one: problem for one, problem in shapes.items() if not solved[one]}
    with _started(partial(_search, options, cache), missing, jobs, tell) as result_of:
        for one, (_, layer) in zip(keys, problems, strict=True):
            try:
                solved[one] = found = solved[one] or result_of(one)
            except Interrupted as interrupted:
                yield interrupted.found
                raise KeyboardInterrupt from None
            yield _named(found, layer)


def _kept(cache: Cache, one: str, options: Options) -> Mapped | None:
    """What is kept, unless it was found in less time than this search may take."""
    found = cache.find(one)
    return found if found and found.answers(options.seconds) else None


@contextmanager
def _started(
    search: Callable[[str, Problem, Tell | None], Mapped | NoMapping],
    missing: Mapping[str, Problem],
    jobs: int,
    tell: Tell | None,
) -> Iterator[Callable[[str], Mapped | NoMapping]]:
    """What gives the result of each search; they run in processes, or if there is one job, here."""
    if jobs == 1 or len(missing) < 2:
        yield lambda one: search(one, missing[one], tell)
        return
    given_up, give_up = Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(jobs, len(missing)), initializer=_obey, initargs=(given_up, give_up)
    )
    try:
        with _ctrl_c_waits():
            futures = {
                one: pool.submit(search, one, problem, None) for one, problem in missing.items()
            }
        yield lambda one: _awaited(futures[one], tell)
    except BrokenProcessPool:
        raise WorkerEnded from None
    except BaseException:
        give_up.send(None)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _awaited(future: "Future[Mapped | NoMapping]", tell: Tell | None) -> Mapped | NoMapping:
    """The result of a search in another process."""
    began = monotonic()
    while not wait([future], timeout=EVERY).done:
        if tell:
            gone = monotonic() - began
            tell(Progress(best=None, bound=None, seconds=gone, divisors_help=False))
    return future.result()


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Ctrl-C is heard afterwards, and never by processes that are started meanwhile.

    One that heard it before it obeys would break the pool. What a thread blocks, it hands on to all
    that it starts; Windows has no such thing.
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


def _search(
    options: Options, cache: Cache | None, one: str, problem: Problem, tell: Tell | None
) -> Mapped | NoMapping:
    """Search, and keep what is found at once: it may be long until it is asked for."""
    architecture, layer = problem
    try:
        found = mapped(architecture, layer, options, tell=tell)
    except NoMapping as error:
        return error
    if cache:
        cache.keep(one, found)
    return found


def _named(found: Mapped | NoMapping, layer: Layer) -> Mapped | NoMapping:
    """What was found for one layer, for another of its shape."""
    if isinstance(found, Mapped):
        return found
    (reasons,) = found.reasons.values()
    return NoMapping({layer.name: reasons})
