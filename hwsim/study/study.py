"""A study, a YAML file or what options say, to what is varied, and how."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hwsim.extensions import FileKind
from hwsim.specification import (
    Document,
    KeyPath,
    Origin,
    Problem,
    SpecificationError,
    is_name,
    load_other,
)
from hwsim.specification.schema import check
from hwsim.study.axis import AxisValue, NoValues, values
from hwsim.study.requirement import NoRequirement, Requirement
from hwsim.vocabulary import SECONDS, Objective, Tiles

KIND: Final = "study"
SCHEMAS: Final = Path(__file__).parents[1] / "schemas"
#: Where options of the command line, or of Python, say that they were written.
OPTIONS: Final = Origin(file="options", line=1, column=1)
#: What a point is, besides the values along the axes.
CHOICES: Final = ("architecture", "network", "batch", "density", "bits", "objective")
#: In mm2, and known only where every component says its own.
CHIP_AREA: Final = "area"
#: What is measured at a point.
MEASURES: Final = ("energy", "cycles", "edp", "utilization", CHIP_AREA)
#: Where a measure is better if it is larger.
LARGER_IS_BETTER: Final = frozenset({"utilization"})

#: How points are taken from the grid.
SAMPLES: Final = ("grid", "random", "latin_hypercube")

#: What a column may be at a point: settings by column that go together.
Setting = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Which points of the grid are tried: all of them, or so many, drawn with a `seed`."""

    by: str = "grid"
    points: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is varied: `factors` are settings that vary independently of those of others.

    `axes` are the paths of the architecture that have columns. `conditions` hold points to what a
    user wants; `measures` are those of the front.
    """

    name: str
    factors: tuple[tuple[Setting, ...], ...]
    axes: tuple[str, ...]
    conditions: tuple[Requirement, ...]
    sample: Sample
    measures: tuple[str, ...]
    layers: str
    tiles: Tiles
    limit: int | None
    seconds: float
    document: Document = field(compare=False, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """What tells a point from others, in the order of the table."""
        return *CHOICES, *self.axes


def load(path: str | os.PathLike[str]) -> Study:
    """Return the study in a file; paths in it are from its folder.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    return _built(load_other(KIND, Path(path), SCHEMAS))


def study_of(said: Mapping[str, Any]) -> Study:
    """Return the study that a mapping says, in the words of a file; paths are from this folder.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    document = Document(
        kind=KIND,
        file="study.yaml",
        data={"schema": f"hwsim/{KIND}/v1", **said},
        origins={(): OPTIONS},
        key_origins={},
    )
    problems = [*check(document, SCHEMAS)]
    if problems:
        raise SpecificationError(problems)
    return _built(document)


def _built(document: Document) -> Study:
    data, problems = document.data, list[Problem]()
    axes = {path: _along(document, ("axes", path), it, problems) for path, it in _axes(data)}
    tied = [_tied(document, at, group, problems) for at, group in enumerate(data.get("tied", ()))]
    paths = (*axes, *(path for group in tied for path in group[0]))
    for path in {path for path in paths if paths.count(path) > 1}:
        problems.append(document.problem(("axes", path), "is an axis twice", at_key=True))
    for path in {*paths} & {*CHOICES}:
        what = "is no value of an architecture"
        problems.append(document.problem(("axes", path), what, at_key=True))
    conditions = _conditions(document, (*CHOICES, *MEASURES, *paths), problems)
    if problems:
        raise SpecificationError(problems)
    own = [tuple({path: value} for value in along) for path, along in axes.items()]
    sample = data.get("sample", {})
    return Study(
        name=document.name,
        factors=(*_choices(data, Path(document.file).parent), *tied, *own),
        axes=paths,
        conditions=conditions,
        sample=Sample(**sample),
        measures=tuple(data.get("measures", ("energy", "cycles"))),
        layers=data.get("layers", "*"),
        tiles=Tiles(data.get("tiles", Tiles.balanced)),
        limit=data.get("limit"),
        seconds=data.get("seconds", SECONDS),
        document=document,
    )


def _axes(data: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [*data.get("axes", {}).items()]


def _along(
    document: Document, path: KeyPath, said: object, problems: list[Problem]
) -> tuple[AxisValue, ...]:
    try:
        return values(said)
    except NoValues as error:
        problems.append(document.problem(path, str(error)))
        return (None,)


def _tied(
    document: Document, at: int, group: Mapping[str, object], problems: list[Problem]
) -> tuple[Setting, ...]:
    """Return the settings of axes that go together: the first values of all, then the second."""
    along = {name: _along(document, ("tied", at, name), it, problems) for name, it in group.items()}
    if len({len(each) for each in along.values()}) > 1:
        many = ", ".join(f"{name} has {len(each)}" for name, each in along.items())
        problems.append(document.problem(("tied", at), f"has axes of several lengths: {many}"))
    return tuple(
        dict(zip(along, together, strict=True)) for together in zip(*along.values(), strict=False)
    )


def _conditions(
    document: Document, columns: tuple[str, ...], problems: list[Problem]
) -> tuple[Requirement, ...]:
    found = []
    for at, text in enumerate(document.data.get("conditions", ())):
        try:
            found.append(Requirement(text, columns))
        except NoRequirement as error:
            problems.append(document.problem(("conditions", at), f"'{text}': {error}"))
    return tuple(found)


def _choices(data: Mapping[str, Any], folder: Path) -> list[tuple[Setting, ...]]:
    """Return the settings of `CHOICES`, each of which is one where nothing is said."""
    named = {
        "architecture": [_named(one, folder) for one in data["architectures"]],
        "network": [_named(one, folder) for one in data["networks"]],
        "batch": data.get("batches", [None]),
        "density": [_several(one) for one in data.get("densities", [()])],
        "bits": [_several(one) for one in data.get("bits", [()])],
        "objective": data.get("objectives", [Objective.energy.value]),
    }
    return [tuple({name: one} for one in each) for name, each in named.items()]


def _named(text: str, folder: Path) -> str:
    return text if is_name(text) and not (folder / text).exists() else str(folder / text)


def _several(said: object) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said) if isinstance(said, list) else ()


def _what_study(file: Path) -> str:
    """Check a study as far as it goes without a simulation, and say what it is."""
    from hwsim.study.points import points

    study = load(file)
    found = points(study)
    return f"study {study.name}, {len(found)} point{'s' if len(found) > 1 else ''}"


#: An entry point of `hwsim.files`.
STUDY: Final = FileKind(use="`hwsim sweep` does what it asks for", check=_what_study)
