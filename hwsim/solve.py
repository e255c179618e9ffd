"""Layers to their best mappings, priced: every shape once, kept or searched, side by side."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, keys
from hwsim.errors import Error
from hwsim.mapper import (
    Certificate,
    Interrupted,
    Mapped,
    NoMapping,
    NotFound,
    Options,
    Progress,
    checked,
    not_found,
)
from hwsim.mapping.nest import renamed
from hwsim.priced import Priced, priced
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical, labels

#: A layer, and what it is to be mapped on.
Problem = tuple[Architecture, Layer]
#: What is told of a search as it goes on.
Tell = Callable[[Progress], None]
#: What gives the result of the search for a problem, by its key, and tells how far it is.
Search = Callable[[str, Problem, Tell | None], Mapped | NoMapping]
#: Seconds between two tellings of a search in another process.
EVERY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The best mapping of a shape, and how often it runs: its price, and what is known of it."""

    price: Priced
    certificate: Certificate


class WorkerEnded(Error):
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
) -> Generator[Solved | NoMapping, None, None]:
    """The best mapping of each layer in turn, or why it has none."""
    return solve_each([(architecture, layer) for layer in layers], options, jobs, cache, tell)


def solve_each(
    problems: Sequence[Problem],
    options: Options,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Generator[Solved | NoMapping, None, None]:
    """The best mapping of each layer on its architecture in turn, or why it has none; layers of a
    shape share the search of one run, and what they cost if they run as often. What the cache has
    and cannot be right is searched again. `tell` is told how far a search is; on Ctrl-C the best
    so far is the last.

    `jobs` processes search at a time; they end when the iteration is given up, or this process
    ends. Raises `WorkerEnded` when one of them ends of itself.
    """
    runs = [(architecture, canonical(layer.once)) for architecture, layer in problems]
    addresses = keys(runs, options)
    shapes = dict(zip(addresses, runs, strict=True))
    kept = {one: _kept(cache, one, options) if cache else None for one in shapes}
    missing = {one: problem for one, problem in shapes.items() if kept[one] is None}
    search = partial(_search, options, cache)
    solved: dict[str, Solved | NoMapping] = {}
    own: dict[object, Solved | NoMapping] = {}
    interrupted = False
    with _started(search, missing, jobs, tell) as result_of:
        for one, (architecture, layer) in zip(addresses, problems, strict=True):
            if one not in solved:
                found, run = kept[one], shapes[one]
                believed = found and _believed(run, options, found)
                searched = result_of if one in missing else partial(search, problem=run, tell=tell)
                try:
                    solved[one] = believed or _solved(run, searched(one))
                except Interrupted as error:
                    solved[one], interrupted = _solved(run, error.found), True
            called = labels(layer)
            as_said = (one, layer.times, *called.values())
            if as_said not in own:
                own[as_said] = _of_layer(architecture, layer, called, solved[one])
            yield _named(own[as_said], architecture, layer)
            if interrupted:
                raise KeyboardInterrupt


def _named(
    best: Solved | NoMapping, architecture: Architecture, layer: Layer
) -> Solved | NoMapping:
    """What was found for the layer's shape; if nothing, why, in the layer's own words."""
    if isinstance(best, NotFound):
        return not_found(layer.name)
    if isinstance(best, NoMapping):
        from hwsim.mapper import unmapped

        return unmapped(architecture, layer)
    return best


def _believed(problem: Problem, options: Options, kept: Mapped) -> Solved | None:
    """What was kept, if it can be right."""
    price = checked(*problem, options, kept)
    return Solved(price=price, certificate=kept.certificate) if price else None


def _solved(problem: Problem, found: Mapped | NoMapping) -> Solved | NoMapping:
    if isinstance(found, NoMapping):
        return found
    return Solved(price=priced(*problem, found.nest), certificate=found.certificate)


def _of_layer(
    architecture: Architecture, layer: Layer, called: Mapping[str, str], run: Solved | NoMapping
) -> Solved | NoMapping:
    """What was found for one run, for all the layer's runs, its dimensions called as it does."""
    if isinstance(run, NoMapping):
        return run
    nest = renamed(run.price.nest, called)
    if layer.times == 1:
        return replace(run, price=replace(run.price, nest=nest))
    return Solved(
        price=priced(architecture, layer, nest), certificate=run.certificate.repeated(layer.times)
    )


def _kept(cache: Cache, one: str, options: Options) -> Mapped | None:
    """What is kept, unless it was found in less time than this search may take."""
    found = cache.find(one)
    return found if found and found.answers(options.seconds) else None


@contextmanager
def _started(
    search: Search, missing: Mapping[str, Problem], jobs: int, tell: Tell | None
) -> Iterator[Callable[[str], Mapped | NoMapping]]:
    """What gives the result of each search; they run in processes, or if there is one job, here."""
    if jobs == 1 or len(missing) < 2:
        yield lambda one: search(one, missing[one], tell)
        return
    given_up, give_up = Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(jobs, len(missing)), initializer=_obey, initargs=(given_up, give_up)
    )
    over = False
    try:
        with _ctrl_c_waits():
            futures = {
                one: pool.submit(_search_handed, search, one, *handed)
                for one, handed in _pickled(missing)
            }
        yield lambda one: _awaited(futures[one], tell)
        over = True
    except BrokenProcessPool:
        raise WorkerEnded from None
    finally:
        with _ctrl_c_waits():  # for no longer than the processes take to end
            if not over:
                give_up.send(None)
            pool.shutdown(cancel_futures=True)


def _pickled(problems: Mapping[str, Problem]) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """Each problem as bytes, those of an architecture once.

    The pool pickles what it is given in a thread of its own, while this one goes on; bytes are
    nothing that changes meanwhile.
    """
    chips: dict[int, bytes] = {}
    for one, (architecture, layer) in problems.items():
        chip = chips.get(id(architecture)) or pickle.dumps(architecture)
        chips[id(architecture)] = chip
        yield one, (chip, pickle.dumps(layer))


def _search_handed(search: Search, one: str, chip: bytes, layer: bytes) -> Mapped | NoMapping:
    """In a process that searches: the result for what it was handed."""
    return search(one, (_unpickled(chip), pickle.loads(layer)), None)


@lru_cache(maxsize=8)
def _unpickled(chip: bytes) -> Architecture:
    """The architecture, which many layers share, with all that it has worked out of itself."""
    made: Architecture = pickle.loads(chip)
    return made


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
    from hwsim.mapper import mapped

    try:
        found = mapped(architecture, layer, options, tell=tell)
    except NoMapping as error:
        return error
    if cache:
        cache.keep(one, found)
    return found
