"""Layers to their best mappings, priced: every shape once, kept or searched, side by side."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, keys
from hwsim.mapper import (
    Certificate,
    Interrupted,
    Mapped,
    NoMapping,
    NotFound,
    Options,
    OutOfReach,
    Tell,
    confirmed,
    not_found,
)
from hwsim.mapping.nest import renamed
from hwsim.mapping.pair import Pair
from hwsim.priced import Priced, priced
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical

if TYPE_CHECKING:
    from hwsim.workers import Searcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The price of a layer in its best mapping, and the certificate of the search that found it.

    Layers of one shape that run as often share one.
    """

    price: Priced
    certificate: Certificate


def solve(
    architecture: Architecture,
    layers: Sequence[Layer],
    options: Options | Sequence[Options],
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Generator[Solved | NoMapping, None, None]:
    """Yield the best mapping of each layer in turn, or why it has none; see `solve_each`."""
    return solve_each([Pair(architecture, layer) for layer in layers], options, jobs, cache, tell)


def solve_each(
    pairs: Sequence[Pair],
    options: Options | Sequence[Options],
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Generator[Solved | NoMapping, None, None]:
    """Yield the best mapping of each pair's layer in turn, or why it has none.

    The options are those of all pairs, or of each; their limits are of one run of the layer.
    A shape is searched once, for one run, whatever its layers are called and however often they
    run. A mapping in the cache is taken if it can be right, else the shape is searched. `tell` is
    told how far a search is. After Ctrl-C the last one that is yielded is the best so far.

    `jobs` processes search at a time. They end when the iteration is given up, or when this process
    ends. Raises `WorkerEnded` when one of them ends of itself.
    """
    spelt = [canonical(pair.layer.once) for pair in pairs]
    runs = [Pair(pair.architecture, run) for pair, (run, _) in zip(pairs, spelt, strict=True)]
    asked = [options] * len(pairs) if isinstance(options, Options) else options
    addresses = keys(runs, asked)
    shapes = dict(zip(addresses, runs, strict=True))
    wanted = dict(zip(addresses, asked, strict=True))
    kept = {one: _kept(cache, one, wanted[one]) if cache else None for one in shapes}
    missing = {one: pair for one, pair in shapes.items() if kept[one] is None}
    search = partial(_search, wanted, cache)
    solved: dict[str, Solved | NoMapping] = {}
    own: dict[object, Solved | NoMapping] = {}
    interrupted = False
    with _searching(search, missing, jobs, tell) as result_of:
        for one, pair, (_, called) in zip(addresses, pairs, spelt, strict=True):
            if one not in solved:
                found, run = kept[one], shapes[one]
                believed = found and _believed(run, wanted[one], found)
                searched = result_of if one in missing else partial(search, pair=run, tell=tell)
                try:
                    solved[one] = believed or _solved(run, searched(one))
                except Interrupted as error:
                    solved[one], interrupted = _solved(run, error.found), True
            as_said = (one, pair.layer.times, *called.values())
            if as_said not in own:
                own[as_said] = _of_layer(pair, called, solved[one])
            yield _named(own[as_said], pair)
            if interrupted:
                raise KeyboardInterrupt


def _searching(
    search: "Searcher", missing: Mapping[str, Pair], jobs: int, tell: Tell | None
) -> AbstractContextManager[Callable[[str], Mapped | NoMapping]]:
    """Search what is missing in processes, or here when it is asked for, if there is one job."""
    if jobs == 1 or len(missing) < 2:
        return nullcontext(lambda one: search(one, missing[one], tell))
    from hwsim.workers import searching

    return searching(search, missing, jobs, tell)


def _named(best: Solved | NoMapping, pair: Pair) -> Solved | NoMapping:
    """Return what was found for the layer's shape, or why nothing was, in the layer's own words."""
    if isinstance(best, NotFound):
        return not_found(pair.layer.name)
    if isinstance(best, OutOfReach):
        (reasons,) = best.reasons.values()
        return OutOfReach({pair.layer.name: reasons})
    if isinstance(best, NoMapping):
        from hwsim.mapper import unmapped

        return unmapped(*pair)
    return best


def _believed(pair: Pair, options: Options, kept: Mapped) -> Solved | None:
    """Return what was kept, if it can be right."""
    price = confirmed(*pair, options, kept)
    return Solved(price=price, certificate=kept.certificate) if price else None


def _solved(pair: Pair, found: Mapped | NoMapping) -> Solved | NoMapping:
    if isinstance(found, NoMapping):
        return found
    return Solved(price=priced(*pair, found.nest), certificate=found.certificate)


def _of_layer(pair: Pair, called: Mapping[str, str], run: Solved | NoMapping) -> Solved | NoMapping:
    """Turn what was found for one run into that of all runs, with the layer's own dimensions."""
    if isinstance(run, NoMapping):
        return run
    nest = renamed(run.price.nest, called)
    times = pair.layer.times
    if times == 1:
        return replace(run, price=replace(run.price, nest=nest))
    return Solved(price=priced(*pair, nest), certificate=run.certificate.repeated(times))


def _kept(cache: Cache, one: str, options: Options) -> Mapped | None:
    """Return what is kept, unless it was found in less time than this search may take."""
    found = cache.find(one)
    return found if found and found.answers(options.seconds) else None


def _search(
    wanted: Mapping[str, Options], cache: Cache | None, one: str, pair: Pair, tell: Tell | None
) -> Mapped | NoMapping:
    """Search, and keep what is found at once: it may be asked for much later."""
    from hwsim.mapper import mapped

    try:
        found = mapped(*pair, wanted[one], tell=tell)
    except NoMapping as error:
        return error
    if cache:
        cache.keep(one, found)
    return found
