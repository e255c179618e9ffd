"""Layers to their best mappings: every shape once, from the cache or searched, side by side."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, key
from hwsim.mapper import Mapped, NoMapping, Options, mapped
from hwsim.workload.layer import Layer


def solve(
    architecture: Architecture,
    layers: Sequence[Layer],
    options: Options,
    jobs: int = 1,
    cache: Cache | None = None,
) -> Iterator[Mapped | NoMapping]:
    """The best mapping of each layer in turn, or why it has none.

    `jobs` processes search at a time; those that still do when the iteration is given up are ended.
    """
    keys = [key(architecture, layer, options) for layer in layers]
    known = {one: cache.find(one) if cache else None for one in keys}
    missing = {one: layer for one, layer in zip(keys, layers, strict=True) if known[one] is None}
    search = partial(_search, architecture, options)
    with _started(search, missing, jobs) as started:
        solved: dict[str, Mapped | NoMapping] = {}
        for one, layer in zip(keys, layers, strict=True):
            if one not in solved:
                found = known[one] or (started[one].result() if started else search(missing[one]))
                if cache and known[one] is None and isinstance(found, Mapped):
                    cache.keep(one, found)
                solved[one] = found
            yield _named(solved[one], layer)


@contextmanager
def _started(
    search: Callable[[Layer], Mapped | NoMapping], missing: Mapping[str, Layer], jobs: int
) -> Iterator[Mapping[str, Future[Mapped | NoMapping]]]:
    """The searches for all that is missing, in processes of their own; none if there is one job."""
    if jobs == 1 or len(missing) < 2:
        yield {}
        return
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(missing)), initializer=_leave_interrupts_alone)
    try:
        yield {one: pool.submit(search, layer) for one, layer in missing.items()}
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_alone() -> None:
    """Ctrl-C reaches every process of a terminal; the first one sees to the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _search(architecture: Architecture, options: Options, layer: Layer) -> Mapped | NoMapping:
    try:
        return mapped(architecture, layer, options)
    except NoMapping as error:
        return error


def _named(found: Mapped | NoMapping, layer: Layer) -> Mapped | NoMapping:
    """What was found for one layer, for another of its shape."""
    if isinstance(found, Mapped):
        return found
    (reasons,) = found.reasons.values()
    return NoMapping({layer.name: reasons})
