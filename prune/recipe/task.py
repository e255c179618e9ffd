"""A recipe to a bench and a goal, and an outcome to the files of its folder."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from torch.utils.data import Dataset

from prune import models, weights
from prune.data import (
    NAMED,
    ImagePart,
    Images,
    images,
    of_classes,
    open_images,
    size_of,
    split,
)
from prune.data.preprocessing import Preprocessing
from prune.errors import Error
from prune.files import remove, write
from prune.goals import Goal
from prune.methods import chosen
from prune.methods.energy import courses, pareto
from prune.network.probe import TRIED, probe
from prune.network.watch import beside
from prune.pipeline import MASKS, WEIGHTS_FILE, prepared, ready, save
from prune.recipe.check import check
from prune.recipe.recipe import Recipe, chip_of, unknown_layer
from prune.report import Lines, Log, breakdown, outcome_table, picture, plan, summary
from prune.run.bench import Bench
from prune.run.events import Event, Listener, silent
from prune.run.folder import check_folder, foreign, occupied
from prune.run.intake import bare
from prune.run.items import Labelled
from prune.run.journal import strange
from prune.run.outcome import Outcome
from prune.run.position import Accuracy
from prune.schedule import reach
from prune.settings import NoSuchLayer
from prune.training.memory import keep_memory
from prune.training.processes import agreed, joined, rank

#: The files of what a run told, and of its outcome; a run owns all of them.
LOG: Final = "log.jsonl"
JSON: Final = "report.json"
TEXT: Final = "report.txt"
PICTURE: Final = "energy.png"
RESULTS: Final = (WEIGHTS_FILE, MASKS, LOG, JSON, TEXT, PICTURE)
#: Of images without parts of their own, those that validate and those that test: a part in so many.
PART: Final = 5


class UnknownLabel(Error):
    """The `images` have one of a class, numbered from 0, that a model of `classes` lacks."""

    images: str
    label: int
    classes: int

    def __str__(self) -> str:
        return (
            f"{self.images}: has an image of class {self.label}, and the model knows those from 0"
            f" to {self.classes - 1}: data.classes in a recipe lists the images' classes in the"
            " order of the model's"
        )


class OtherClasses(Error):
    """The folders of the `images` number classes otherwise than is needed: `what` is there."""

    images: str
    what: str

    def __str__(self) -> str:
        return (
            f"{self.images}: {self.what}: they are numbered in the order of their names, so each"
            " class of the model needs one, empty where it has no pictures; where there are others,"
            " data.classes in a recipe lists the model's in their order"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """What a recipe asks for, loaded: `test` are images that decide nothing."""

    bench: Bench
    goal: Goal
    test: Dataset[Any]
    output: Path


def assignment(recipe: Recipe) -> Assignment:
    """What the recipe asks for.

    Raises `SpecificationError` for all that does not fit together in the recipe, and an `Error`
    for a model, weights or images that cannot be used.
    """
    check(recipe)
    model, preprocessing = _model(recipe)
    pieces = image_parts(recipe, preprocessing)
    tried = torch.zeros(TRIED, *preprocessing.shape)
    seen = probe(model, beside(tried, next(model.parameters(), tried)))
    _check_labels(recipe, pieces, seen.classes)
    try:
        bench = prepared(
            model,
            chip_of(recipe),
            train=pieces["train"],
            validation=pieces["validation"],
            settings=recipe.settings,
            batch=recipe.batch,
        )
    except NoSuchLayer as error:
        raise unknown_layer(recipe, error) from None
    assert isinstance(bench.given.validation, Labelled)
    test = replace(bench.given.validation, role="test", items=pieces["test"])
    return Assignment(bench=bench, goal=recipe.goal, test=test, output=recipe.output)


def planned(recipe: Recipe, *, colour: bool = False) -> str:
    """Return what would be done, as text; nothing is pruned, and nothing is written.

    Under `torchrun` the first process has the text, and the others none.
    """
    with _joined(recipe) as here:
        task = assignment(here)
        told = plan(task.bench.given, task.goal, task.bench.start(), colour=colour)
        return told if rank() == 0 else ""


def performed(
    recipe: Recipe,
    tell: Callable[[str], object],
    *,
    restart: bool = False,
    force: bool = False,
    colour: bool = False,
) -> str:
    """Prune as the recipe says, write the outcome to its folder, and return its table as text.

    `tell` is called with lines about each step. Interrupted, it goes on where it was. Under
    `torchrun` the processes share the batches of fine-tuning; the first one tells and writes.
    Raises `InUse` while another run is at work in the folder, and `NotOurs` where it holds what no
    run made, unless by `force`.
    """
    keep_memory()
    with _joined(recipe) as here:
        strange = is_strange(here.output, force)
        task = assignment(here)
        with occupied(task.output):
            if rank() == 0 and (restart or strange):
                remove(task.output / LOG)
            listener = _listener(task, tell) if rank() == 0 else silent
            bench = ready(
                task.bench,
                task.goal,
                folder=task.output,
                progress=listener,
                restart=restart,
                force=force,
            )
            outcome = reach(bench, task.goal)
            front = _front(bench, outcome)
            return write_outcome(task, outcome, front, colour=colour) if rank() == 0 else ""


def is_strange(output: Path, force: bool) -> bool:
    """Whether something is in the place of results that no run made, which `force` gives away.

    Raises `NotOurs`, `Damaged` and `NoFolder`.
    """
    check_folder(output)
    found = foreign(output, RESULTS)
    if not agreed(found is None or force):
        raise strange(found or output)
    return found is not None


@contextmanager
def _joined(recipe: Recipe) -> Iterator[Recipe]:
    """The recipe for this process of all that `torchrun` started, if it did."""
    with joined(recipe.settings.device) as device:
        yield replace(recipe, settings=replace(recipe.settings, device=device))


def _listener(task: Assignment, tell: Callable[[str], object]) -> Listener:
    """Tells lines, and keeps the log."""
    shapes = {name: tuple(layer.weights.shape) for name, layer in task.bench.given.layers.items()}
    lines, log = Lines(write=tell, shapes=shapes), Log(task.output / LOG)

    def hear(event: Event) -> None:
        lines.hear(event)
        log.hear(event)

    return hear


def write_outcome(
    task: Assignment,
    outcome: Outcome,
    front: Sequence[tuple[float, float]] = (),
    *,
    colour: bool = False,
) -> str:
    """Write the pruned weights, their masks and the reports, and return the table as text.

    The weights have the keys of the unchanged model. Raises `NotWritten`.
    """
    bench, given, folder = task.bench, task.bench.given, task.output
    before, after = (
        breakdown(given.chip, given.network, stage.position.seen.contents)
        for stage in (outcome.before, outcome.after)
    )
    states = (outcome.before.position.state, outcome.state)
    old, new = (Accuracy.of(bench.running.evaluation(state, task.test)) for state in states)
    said = summary(given, outcome, before, after, (old, new), front)
    save(outcome, folder)
    write(folder / JSON, (json.dumps(said, indent=2) + "\n").encode())
    write(folder / TEXT, outcome_table(given, outcome, before, after, (old, new)).encode())
    title = f"{given.network.name} on {given.chip.name}: {outcome.share:.3f} of the energy"
    write(folder / PICTURE, picture(before, after, title, given.chip.energy_unit))
    return outcome_table(given, outcome, before, after, (old, new), colour=colour)


def _front(bench: Bench, outcome: Outcome) -> list[tuple[float, float]]:
    """Energies and least output errors at them, where the dense network's losses were measured."""
    if not chosen(bench.given.settings, outcome.goal).measures_losses:
        return []
    quiet, start = replace(bench, tell=silent), outcome.before
    return pareto(quiet.given, start.position, courses(quiet, start.position, start.name))


def _model(recipe: Recipe) -> tuple[nn.Module, Preprocessing]:
    """The model with its weights, and what it expects of images.

    A published network has as many classes as its weights, where nothing else is said.
    """
    file, colon, name = recipe.model.rpartition(":")
    if colon:
        made, preprocessing = models.from_file(file, name)
        model = bare(made)
    else:
        preprocessing = models.definition(recipe.model).preprocessing
        model = models.build(recipe.model, classes=recipe.classes, seed=recipe.settings.seed)
    if recipe.weights is not None:
        try:
            weights.load(model, recipe.weights)
        except weights.WrongWeights as error:
            if colon or recipe.classes is not None or error.classes is None:
                raise
            return _model(replace(recipe, classes=error.classes))
    return model, preprocessing


def _check_labels(recipe: Recipe, pieces: Mapping[str, Dataset[Any]], classes: int) -> None:
    """Raise `OtherClasses` and `UnknownLabel` for images that number their classes otherwise than
    the model, which knows so many, or than those to train.
    """
    train = _whole(pieces["train"])
    for found in map(_whole, pieces.values()):
        named = found.classes
        if named and recipe.data.classes is None and len(named) != classes:
            raise OtherClasses(found.name, f"{len(named)} folders for a model of {classes} classes")
        if named and train.classes and (odd := set(named).symmetric_difference(train.classes)):
            raise OtherClasses(found.name, f"not the folders of {train.name}: {min(odd)} is in one")
        if max(found.labels) >= classes:
            raise UnknownLabel(found.name, max(found.labels), classes)


def _whole(piece: Dataset[Any]) -> Images:
    """The images that a piece is a part of, or is."""
    whole = piece.dataset if isinstance(piece, ImagePart) else piece
    assert isinstance(whole, Images)
    return whole


def image_parts(recipe: Recipe, preprocessing: Preprocessing) -> dict[str, Dataset[Any]]:
    """The images that train, validate and test, without an image in common."""
    data = recipe.data
    given: dict[str, Dataset[Any]] = {
        name: _images(path, recipe, preprocessing)
        for name, path in (("validation", data.validation), ("test", data.test))
        if path is not None
    }
    whole = _images(data.train, recipe, preprocessing)
    share = max(1, size_of(whole) // PART)
    sizes = {"validation": data.validation_images or share, "test": data.test_images or share}
    taken = {name: size for name, size in sizes.items() if name not in given}
    return {**split(whole, {**taken, "train": None}, recipe.settings.seed), **given}


def _images(path: Path, recipe: Recipe, preprocessing: Preprocessing) -> Images:
    named = NAMED.get(str(path))
    found = open_images(path, preprocessing) if named is None else images(named(), preprocessing)
    classes = recipe.data.classes
    return found if classes is None else of_classes(found, classes)
