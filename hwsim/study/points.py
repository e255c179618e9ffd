"""A study to its points: settings of everything that varies, each checked before the first runs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, Final

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.units import UNITS
from hwsim.errors import Error
from hwsim.pipeline import load_architecture, load_network
from hwsim.specification import Document, Problem, SpecificationError, assigned, load
from hwsim.specification.override import assignments
from hwsim.study.study import CHIP_AREA, CHOICES, MEASURES, Setting, Study
from hwsim.workload import contents
from hwsim.workload.network import Network
from hwsim.workload.select import select

#: A grid has no more points than this; larger ones are sampled.
MOST_POINTS: Final = 1_000_000
#: So many draws, for each point that is wanted, end the search for points that meet conditions.
DRAWS: Final = 1000

#: What varies at a point, by column.
StudyPoint = dict[str, Any]


class NoPoints(Error):
    """No point meets the conditions."""

    study: str
    conditions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.study}: no point meets {' and '.join(map(repr, self.conditions))}"


class MixedUnits(Error):
    """Energies of points are in several units, and are not to be compared."""

    study: str
    units: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.study}: energies {', others '.join(UNITS[one].says for one in self.units)} are"
            " not compared: `measures` may be cycles and utilization"
        )


class TooManyPoints(Error):
    """The grid is too large to be tried whole."""

    study: str
    points: int

    def __str__(self) -> str:
        return (
            f"{self.study}: the grid has {self.points:.3g} points, and {MOST_POINTS} is the most:"
            " `sample` some of them"
        )


def points(study: Study) -> list[StudyPoint]:
    """Return the points in order; every one of them is an architecture that can be built.

    Raises:
        SpecificationError: all that is wrong with architectures and networks.
        NoPoints: none meets the conditions.
        TooManyPoints: it is a grid of more than `MOST_POINTS`.
        MixedUnits: energies are measured, and are in several units.
    """
    known = [one for one in study.conditions if not one.names & {*MEASURES}]
    met = list(_drawn(study, known))
    if not met:
        raise NoPoints(study.name, tuple(one.text for one in known))
    _check(study, met)
    return met


def _drawn(study: Study, conditions: Sequence[Any]) -> Iterator[StudyPoint]:
    """Yield the points of the grid, or of the sample, that meet the conditions."""
    sizes = [len(factor) for factor in study.factors]
    if study.sample.by == "grid":
        if prod(sizes) > MOST_POINTS:
            raise TooManyPoints(study.name, prod(sizes))
        for settings in product(*study.factors):
            if _meets(point := _point(settings), conditions):
                yield point
        return
    seen, wanted = set[tuple[int, ...]](), min(study.sample.points, prod(sizes))
    for at in _indices(study, sizes, wanted):
        point = _point([factor[i] for factor, i in zip(study.factors, at, strict=True)])
        if at not in seen and _meets(point, conditions):
            seen.add(at)
            yield point
            if len(seen) == wanted:
                return


def _indices(study: Study, sizes: Sequence[int], wanted: int) -> Iterator[tuple[int, ...]]:
    """Yield where points are in the grid, until the draws are used up.

    In a Latin hypercube every value of an axis comes as often as the others, as far as that goes.
    """
    import numpy as np

    generator = np.random.default_rng(study.sample.seed)
    for _ in range(DRAWS):
        if study.sample.by == "latin_hypercube":
            strata = [generator.permutation(wanted) for _ in sizes]
            drawn = [(of * size) // wanted for of, size in zip(strata, sizes, strict=True)]
            rows = np.stack(drawn, axis=1)
        else:
            rows = generator.integers(0, sizes, size=(wanted, len(sizes)))
        yield from map(tuple, rows.tolist())


def _point(settings: Sequence[Setting]) -> StudyPoint:
    return {name: value for setting in settings for name, value in setting.items()}


def _meets(point: StudyPoint, conditions: Sequence[Any]) -> bool:
    return all(condition.holds(point) for condition in conditions)


def chip_at(point: StudyPoint) -> Architecture:
    """Return the architecture of a point; it is built once where it is checked, keyed and run."""
    changes = {name: value for name, value in point.items() if name not in CHOICES}
    return _built(point["architecture"], assignments(changes))


@lru_cache(maxsize=4096)
def _built(name: str, changes: tuple[str, ...]) -> Architecture:
    return load_architecture(name, changes)


@lru_cache(maxsize=64)
def _network(name: str, batch: int | None) -> Network:
    return load_network(name, batch)


def area_of(chip: Architecture) -> float | None:
    """Return the area in mm2, where every component says its own."""
    return None if chip.without_area else float(sum(chip.areas.values()))


def network_at(point: StudyPoint) -> Network:
    """Return the network of a point, with what its tensors contain."""
    network = _network(point["network"], point["batch"])
    said = [_density(text) for text in point["density"]]
    said += [assigned("--bits", text) for text in point["bits"]]
    return network.containing(contents(said, network)) if said else network


def _density(text: str) -> Document:
    says = "=" in text and not Path(text).exists()
    return assigned("--density", text) if says else load("density", text)


def _check(study: Study, found: Sequence[StudyPoint]) -> None:
    """Raise all that is wrong with the points, where the study says it, or `MixedUnits`."""
    problems = dict[Problem, None]()
    built, loaded, units = set[str](), set[str](), dict[str, None]()
    for point in found:
        chip = repr([point["architecture"], *(point[axis] for axis in study.axes)])
        net = repr([point[name] for name in ("network", "batch", "density", "bits")])
        try:
            if chip not in built:
                built.add(chip)
                made = chip_at(point)
                units[made.energy_unit] = None
                problems |= dict.fromkeys(_unknown_area(study, made))
            if net not in loaded:
                loaded.add(net)
                select(network_at(point), study.layers)
        except SpecificationError as error:
            problems |= dict.fromkeys(_where_said(study, point, it) for it in error.problems)
    if problems:
        raise SpecificationError([*problems])
    if len(units) > 1 and {"energy", "edp"} & {*study.measures}:
        raise MixedUnits(study.name, tuple(units))


def _unknown_area(study: Study, chip: Architecture) -> Iterator[Problem]:
    """Yield where the study asks for an area that is not known."""
    asked = {("measures", at) for at, name in enumerate(study.measures) if name == CHIP_AREA}
    asked |= {
        ("conditions", at) for at, one in enumerate(study.conditions) if CHIP_AREA in one.names
    }
    for path in sorted(asked) if chip.without_area else ():
        what = f"the area of {chip.name} is not known: {', '.join(chip.without_area)} say none"
        yield study.document.problem(path, f"{what}; add area_mm2, 0 where it is not of the chip")


def _where_said(study: Study, point: StudyPoint, problem: Problem) -> Problem:
    """Return the problem at its place in a file, or at the axis of the study that it comes from."""
    if Path(problem.origin.file).is_file():
        return problem
    text = problem.origin.file.removeprefix("--set ")
    axis = next((axis for axis in study.axes if text.startswith(f"{axis}=")), None)
    if axis is None:
        return problem
    path = ("axes", axis) if axis in study.document.data.get("axes", {}) else ("tied",)
    at_axis = study.document.problem(path, f"{problem.what}, at {point[axis]}", problem.suggestion)
    return replace(at_axis, where=f"axes.{axis}")
