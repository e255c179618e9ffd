"""A recipe, a YAML file, to what it asks for: a network, data, a chip, a goal, and how to go on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hwsim import load_architecture
from hwsim.architecture.architecture import Architecture
from hwsim.specification import (
    Document,
    KeyPath,
    Origin,
    Problem,
    SpecificationError,
    is_name,
    load_other,
)
from hwsim.specification.override import assignments
from hwsim.specification.schema import check
from prune.data import NAMED, Augmentation
from prune.goals import Goal
from prune.limits import KIND, SCHEMAS
from prune.settings import PLAIN, STEPS, Calibration, NoSuchLayer, Rounds, Settings
from prune.training import finetune as tuning

#: Where options of the command line say that they were written.
OPTIONS: Final = Origin(file="command line", line=1, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where labelled images are; what is None is a part of those to train, of so many images."""

    train: Path
    validation: Path | None = None
    test: Path | None = None
    validation_images: int | None = None
    test_images: int | None = None
    classes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is asked for. `changes` are of the architecture; `document` is where it all was said."""

    name: str
    model: str
    weights: Path | None
    classes: int | None
    data: Sources
    architecture: str
    changes: Mapping[str, object]
    batch: int
    goal: Goal
    settings: Settings
    output: Path
    document: Document = field(compare=False, repr=False)

    @property
    def digest(self) -> str:
        """Tells recipes apart that may give different results: what, not where it was written."""
        said = {key: self.document.data[key] for key in self.document.data if key not in UNTOLD}
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


#: What does not change a result.
UNTOLD: Final = ("name", "title", "output", "schema")


def load(path: Path, options: Mapping[str, object] | None = None) -> Recipe:
    """The recipe in a file, changed by options as `given` has them.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    written = load_other(KIND, path, SCHEMAS)
    return build(_changed(written, options or {}))


def given(options: Mapping[str, object]) -> Recipe:
    """The recipe that options alone say: values by dotted path, as `goal.energy`.

    Paths of files are from the working folder.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    empty = Document(
        kind=KIND,
        file="recipe.yaml",
        data={"schema": f"hwsim/{KIND}/v1"},
        origins={(): OPTIONS},
        key_origins={},
    )
    return build(_changed(empty, options))


def build(document: Document) -> Recipe:
    """What the document asks for.

    Raises:
        SpecificationError: there are two goals.
    """
    data, folder = document.data, Path(document.file).parent
    name = document.name
    return Recipe(
        name=name,
        model=_model(data["model"], folder),
        weights=_below(folder, data.get("weights")),
        classes=data.get("classes"),
        data=_sources(data["data"], folder),
        architecture=_named(data["architecture"], folder),
        changes=data.get("set", {}),
        batch=data.get("batch", 1),
        goal=_goal(document),
        settings=_settings(data),
        output=folder / data.get("output", name),
        document=document,
    )


def unknown_layer(recipe: Recipe, error: NoSuchLayer) -> SpecificationError:
    """The error at the place of the recipe where the layer is named."""
    path = ("layers", error.pattern)
    what = f"no layer that can be pruned matches; they are {', '.join(error.names)}"
    return SpecificationError([recipe.document.problem(path, what, error.meant, at_key=True)])


def chip_of(recipe: Recipe) -> Architecture:
    """The architecture that the recipe names, changed as it says.

    Raises:
        SpecificationError: all that is wrong with it; that there is none, and what is wrong with a
            change, where the recipe says it.
    """
    try:
        return load_architecture(recipe.architecture, recipe.changes)
    except SpecificationError as error:
        said = [_where_said(recipe, problem) for problem in error.problems]
        raise SpecificationError(said) from None


def _where_said(recipe: Recipe, problem: Problem) -> Problem:
    """The problem of an architecture's file, or in the recipe's words if it is of none."""
    if Path(problem.origin.file).is_file():
        return problem
    document, changes = recipe.document, recipe.changes
    for path, text in zip(changes, assignments(changes), strict=True):
        if problem.origin.file == f"--set {text}":
            return replace(problem, origin=document.origin(("set", path)))
    return replace(problem, origin=document.origin(("architecture",)), where="architecture")


def _changed(document: Document, options: Mapping[str, object]) -> Document:
    """The document with values by dotted path put in, and where they were said, checked."""
    data = json.loads(json.dumps(document.data))
    said: dict[KeyPath, Origin] = {tuple(path.split(".")): OPTIONS for path in options}
    for path, value in options.items():
        *trail, last = path.split(".")
        inner = data
        for key in trail:
            inner = inner.setdefault(key, {})
        if trail == ["goal"]:
            inner.clear()
        inner[last] = value
    changed = replace(
        document,
        data=data,
        origins={**document.origins, **said},
        key_origins={**document.key_origins, **said},
    )
    if problems := check(changed, SCHEMAS):
        raise SpecificationError(problems)
    return changed


def _goal(document: Document) -> Goal:
    limits = document.data["goal"]
    if len(limits) > 1:
        what = f"must be one goal, not {len(limits)}: {', '.join(limits)}"
        raise SpecificationError([document.problem(("goal",), what)])
    ((measure, limit),) = limits.items()
    return Goal(measure=measure, limit=limit)


def _settings(data: Mapping[str, Any]) -> Settings:
    finetune = {"steps": STEPS, **data.get("finetune", {})}
    if "augment" in finetune:
        finetune["augment"] = Augmentation(**finetune["augment"])
    return Settings(
        **{key: data[key] for key in PLAIN if key in data},
        rounds=Rounds(**data.get("rounds", {})),
        calibration=Calibration(**data.get("calibration", {})),
        finetune=tuning.Training(**finetune),
    )


def _sources(data: Mapping[str, Any], folder: Path) -> Sources:
    named = data["train"] in NAMED
    return Sources(
        train=Path(data["train"]) if named else folder / data["train"],
        validation=_below(folder, data.get("validation")),
        test=_below(folder, data.get("test")),
        validation_images=data.get("validation_images"),
        test_images=data.get("test_images"),
        classes=tuple(data["classes"]) if "classes" in data else None,
    )


def _below(folder: Path, path: str | None) -> Path | None:
    return None if path is None else folder / path


def _named(name: str, folder: Path) -> str:
    return name if is_name(name) else str(folder / name)


def _model(model: str, folder: Path) -> str:
    """A name of a published network as it is, FILE.py:FUNCTION from the folder."""
    file, colon, function = model.rpartition(":")
    return f"{folder / file}:{function}" if colon else model
