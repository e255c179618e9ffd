"""Points to their outcomes: simulated side by side, each once, whatever interrupts it."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from hwsim.cache import Cache, keys
from hwsim.mapper import NoMapping, Options
from hwsim.mapping.pair import Pair
from hwsim.pipeline import collect, simulate_each
from hwsim.study.log import AnotherStudy, Found, NotInFolder, log_in
from hwsim.study.points import StudyPoint, area_of, chip_at, network_at, points
from hwsim.study.study import CHIP_AREA, Study, load, study_of
from hwsim.study.table import Sweep
from hwsim.vocabulary import Objective
from hwsim.workers import ctrl_c_waits, worker_pool
from hwsim.workload.select import select

__all__ = ["AnotherStudy", "Done", "NotInFolder", "sweep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How far a sweep is: points that are done, of how many, and the outcome of the last one."""

    points: int
    of: int
    last: Found | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a study asks for at every point, but for the objective, which is the point's."""

    layers: str
    options: Options
    cache: Cache | None

    def at(self, point: StudyPoint) -> Options:
        """The options of the search at a point."""
        return replace(self.options, objective=Objective(point["objective"]))


def sweep(
    study: Study | str | os.PathLike[str] | Mapping[str, Any],
    folder: str | os.PathLike[str] | None = None,
    *,
    jobs: int = 1,
    restart: bool = False,
    cache: Cache | None = None,
    tell: Callable[[Done], None] = lambda done: None,
) -> Sweep:
    """Simulate every point of the study, and return the table of them all.

    A study may be the path of its file, or what a file says as a mapping.
    With a `folder`, each point is kept there as it is done, and one that is kept is not done again;
    `restart` forgets them. `jobs` processes simulate points side by side, and `cache` keeps solved
    mappings. After Ctrl-C `KeyboardInterrupt` is raised, and what is kept stays.

    Raises:
        SpecificationError: all that is wrong with the points.
        NoPoints, TooManyPoints: the study has none, or too many.
        NotInFolder, AnotherStudy: the folder cannot take it.
        WorkerEnded: a process was killed.
    """
    if isinstance(study, Mapping):
        study = study_of(study)
    elif not isinstance(study, Study):
        study = load(study)
    found = points(study)
    options = Options(tiles=study.tiles, limit=study.limit, seconds=study.seconds)
    asked = Asked(layers=study.layers, options=options, cache=cache)
    addresses = [_key(point, asked) for point in found]
    if folder is None:
        done = dict[str, Found]()
        _run(found, addresses, asked, jobs, done, done.__setitem__, tell)
    else:
        with log_in(Path(folder), study, restart=restart) as log:
            done = log.done
            _run(found, addresses, asked, jobs, done, log.add, tell)
    return Sweep(study=study, points=found, outcomes=[done[one] for one in addresses])


def _run(
    found: Sequence[StudyPoint],
    addresses: Sequence[str],
    asked: Asked,
    jobs: int,
    done: dict[str, Found],
    keep: Callable[[str, Found], None],
    tell: Callable[[Done], None],
) -> None:
    """Simulate what is not done, and keep each outcome as it comes."""
    at = dict(zip(reversed(addresses), reversed(found), strict=True))  # of equals the first
    left = {one: at[one] for one in dict.fromkeys(addresses) if one not in done}
    often = Counter(addresses)
    whole = sum(often[one] for one in often if one in done)
    tell(Done(points=whole, of=len(found), last=None))
    for one, came in _outcomes(left, asked, jobs):
        keep(one, came)
        whole += often[one]
        tell(Done(points=whole, of=len(found), last=came))


def _outcomes(
    left: Mapping[str, StudyPoint], asked: Asked, jobs: int
) -> Iterator[tuple[str, Found]]:
    """Yield the outcome of each point by its key, as they come."""
    if jobs == 1 or len(left) < 2:
        for one, point in left.items():
            yield one, outcome(point, asked)
        return
    with worker_pool(min(jobs, len(left))) as pool:
        with ctrl_c_waits():
            waiting = {pool.submit(outcome, point, asked): one for one, point in left.items()}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def outcome(point: StudyPoint, asked: Asked) -> Found:
    """Return what is measured at a point, or the reason why it has no mapping."""
    chip, net, options = chip_at(point), network_at(point), asked.at(point)
    each = simulate_each(chip, net, layers=asked.layers, options=options, cache=asked.cache)
    result = collect(chip, net, each)
    if result.unmapped:
        return {"reason": str(NoMapping(result.unmapped))}
    return {
        "energy": result.energy,
        "cycles": result.cycles,
        "edp": result.energy * result.cycles,
        "utilization": result.utilization,
        CHIP_AREA: area_of(result.architecture),
        "energy_unit": result.architecture.energy_unit,
        "proven": all(layer.proven for layer in result.layers),
    }


def _key(point: StudyPoint, asked: Asked) -> str:
    """Return the address of a point: a digest of all that its outcome depends on."""
    architecture, network = chip_at(point), network_at(point)
    layers = select(network, asked.layers)
    pairs = [Pair(architecture, layer) for layer in layers]
    times = [layer.times for layer in layers]
    told: list[object] = [*keys(pairs, asked.at(point)), times, architecture.energy_unit]
    if (area := area_of(architecture)) is not None:
        told.append(area)
    return sha256(json.dumps(told).encode()).hexdigest()
