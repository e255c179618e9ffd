"""A recipe to all that does not fit together in it, without its weights and images."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import torch

from hwsim.extensions import NotLoaded
from hwsim.specification import KeyPath, Problem, SpecificationError
from hwsim.specification.files import neighbour
from prune import models
from prune.data import is_there
from prune.errors import UnknownName
from prune.methods import chosen
from prune.network.probe import TRIED, probe
from prune.recipe.recipe import Recipe, chip_of, unknown_layer
from prune.settings import NoSuchLayer, rules
from prune.solvers import solver

#: The keys of images.
IMAGES: Final = ("train", "validation", "test")


def check(recipe: Recipe) -> None:
    """Raise `SpecificationError` for an architecture, a published model, its weights, a file or a
    layer that there is not, for what is wrong with the architecture, and for a solver or a method
    that a package brings and that cannot be had: all of it.

    A model of one's own is not run, so its layers are not known.
    """
    problems = [
        *_of_architecture(recipe),
        *_of_files(recipe),
        *_of_model(recipe),
        *_of_packages(recipe),
    ]
    if problems:
        raise SpecificationError(problems)


def _of_architecture(recipe: Recipe) -> Iterator[Problem]:
    try:
        chip_of(recipe)
    except SpecificationError as error:
        yield from error.problems


def _of_files(recipe: Recipe) -> Iterator[Problem]:
    code, colon, _ = recipe.model.rpartition(":")
    named: dict[KeyPath, Path | None] = {
        ("model",): Path(code) if colon else None,
        ("weights",): recipe.weights,
        **{("data", key): getattr(recipe.data, key) for key in IMAGES},
    }
    for place, path in named.items():
        if path is not None and not is_there(path):
            yield recipe.document.problem(place, f"no such file: {path}", neighbour(path))


def _of_model(recipe: Recipe) -> Iterator[Problem]:
    """An unknown name of a published network, one without weights, or patterns that match none of
    its layers.
    """
    if ":" in recipe.model:
        return
    try:
        defined = models.definition(recipe.model)
    except UnknownName as error:
        what = f"no model '{error.name}'"
        yield recipe.document.problem(("model",), what, error.meant)
        return
    if recipe.weights is None:
        what = "needs its trained `weights`: a published network has random ones here"
        yield recipe.document.problem(("model",), what)
    with torch.device("meta"):  # shapes without contents: it costs nothing
        names = probe(models.build(recipe.model), torch.zeros(TRIED, *defined.input_shape)).layers
    for pattern, rule in recipe.settings.layers.items():
        try:
            rules(replace(recipe.settings, layers={pattern: rule}), names)
        except NoSuchLayer as error:
            yield from unknown_layer(recipe, error).problems


def _of_packages(recipe: Recipe) -> Iterator[Problem]:
    """Solvers and methods that cannot be loaded."""
    settings = recipe.settings
    named: dict[KeyPath, Callable[[], object]] = {
        ("solver",): partial(solver, settings.solver),
        ("method",): partial(chosen, settings, recipe.goal),
    }
    for pattern, rule in settings.layers.items():
        if "solver" in rule:
            named["layers", pattern, "solver"] = partial(solver, str(rule["solver"]))
    for place, load in named.items():
        try:
            load()
        except NotLoaded as error:
            yield recipe.document.problem(place, str(error))
