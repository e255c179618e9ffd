"""Errors are values: what holds of each kind that hwsim has, and of those that others bring."""

import copy
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import FrozenInstanceError
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import walk_packages

import pytest

import hwsim
from hwsim.command.cache import Unusable
from hwsim.command.output import Unwritable
from hwsim.comparison import NoReport
from hwsim.energy_tool import NotDescribed
from hwsim.errors import Error
from hwsim.estimators import CannotEstimate, NotInstalled
from hwsim.extensions import FileKind, NotLoaded
from hwsim.importer.errors import Fault, MissingPackage, NotImported
from hwsim.mapper import NoMapping, NotFound, OutOfReach, not_found
from hwsim.specification.diagnostics import Origin, Problem, SpecificationError
from hwsim.specification.resolve import OtherKind
from hwsim.study import AnotherStudy, NotInFolder
from hwsim.study.points import MixedUnits, NoPoints, TooManyPoints
from hwsim.within import BadLimit
from hwsim.workers import WorkerEnded
from hwsim.workload.network import Omission
from hwsim.workload.select import NoLayer


class Plain(Error):
    """As a package may have it: no fields, but a text."""


def checked(file: Path) -> str:
    """What files of a kind are."""
    return str(file)


def examples() -> list[Error]:
    """One of each kind, each made anew."""
    origin = Origin(file="a.yaml", line=1, column=2)
    problem = Problem(origin=origin, where="a.b", what="is odd", suggestion="even")
    skipped = Omission(name="lrn", kind="aten.lrn", macs=None, why="it has no price")
    return [
        AnotherStudy(Path("folder"), ("axes.rows",)),
        BadLimit(("within cycles=0: must be a number above 0, not 0",)),
        CannotEstimate("needs technology_nm, which is not said"),
        MixedUnits("study", ("mac", "pJ")),
        MissingPackage("onnx", "onnx"),
        NoLayer("net", "conv9", ("conv1", "conv2"), (skipped,)),
        NoMapping({"conv1": ("spad: too small",)}),
        NoPoints("study", ("rows > 9",)),
        NoReport("a.json", ":1:1: is no JSON"),
        NotDescribed("net", ("pool",)),
        NotImported("net.onnx", [Fault("model", "is none")]),
        NotInFolder(Path("folder"), "permission denied"),
        NotInstalled("is not installed: no cacti on PATH"),
        NotLoaded("acme", "it is no module"),
        OutOfReach({"conv1": ("the limit is 3 cycles",)}),
        OtherKind([problem], FileKind(use="for acme", check=checked)),
        Plain("text"),
        SpecificationError([problem]),
        TooManyPoints("study", 10**9),
        Unusable(Path("folder"), "permission denied"),
        Unwritable("standard output", "it is closed"),
        WorkerEnded(),
        not_found("conv1"),
    ]


pairs = pytest.mark.parametrize(
    ("error", "again"),
    [
        pytest.param(one, two, id=type(one).__name__)
        for one, two in zip(examples(), examples(), strict=True)
    ],
)


def kinds(of: type[Error]) -> Iterator[type[Error]]:
    """Every class below this one."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_each_kind_of_error_is_judged_here() -> None:
    """A kind that is added to hwsim is added to the examples, and none has a constructor."""
    for module in walk_packages(hwsim.__path__, "hwsim."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    ours = {kind for kind in kinds(Error) if kind.__module__.startswith("hwsim.")}
    assert ours == {type(error) for error in examples()} - {Plain}
    for kind in ours:
        written = Path(import_module(kind.__module__).__file__ or "").read_text()
        assert "def __init__" not in written.partition(f"class {kind.__name__}(")[2]
    assert NotFound in ours


@pairs
def test_an_error_is_its_data(error: Error, again: Error) -> None:
    """Two errors that say the same are equal, in sets as well, and differ from all others."""
    assert error == again
    assert {error} == {again}
    assert [other for other in examples() if other == error] == [again]
    assert str(error) == str(again) != ""


@pairs
def test_an_error_stays_as_it_is(error: Error, again: Error) -> None:
    """No field is set or deleted, and the error is unchanged by an attempt."""
    for name in error.__match_args__:
        with pytest.raises(FrozenInstanceError, match=f"'{name}' of {type(error).__name__}"):
            setattr(error, name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(error, name)
    assert error == again


@pairs
def test_a_copy_of_an_error_is_equal_and_keeps_its_notes(error: Error, again: Error) -> None:
    """Pickled, or copied by `copy`, an error says what it said."""
    error.add_note("seen twice")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (other, str(other)) == (again, str(again))
        assert other.__notes__ == ["seen twice"]


@contextmanager
def passed_on() -> Iterator[None]:
    """A context manager that leaves errors alone, as `contextlib` makes them."""
    yield


def raised(error: Error, cause: Exception) -> None:
    """Raise an error because of another, and through a context manager."""
    with passed_on():
        try:
            raise cause
        except ValueError as first:
            raise error from first


@pairs
def test_an_error_is_raised_as_any_other(error: Error, again: Error) -> None:
    """It takes a cause, a context and a traceback, and passes through context managers."""
    cause = ValueError("cause")
    with pytest.raises(type(error)) as caught:
        raised(error, cause)
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (cause, cause)
    assert error.__traceback__ is not None
    assert error.with_traceback(None).__traceback__ is None
    assert error == again


def refused(error: Error) -> None:
    """Refuse, in another process."""
    raise error


def test_an_error_comes_back_from_another_process() -> None:
    """What a worker raises is raised where its result is asked for, with the worker's traceback."""
    some = [error for error in examples() if not isinstance(error, OtherKind | Plain)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for error in some:
            with pytest.raises(type(error)) as caught:
                pool.submit(refused, error).result()
            assert caught.value == error
            assert "in refused" in str(caught.value.__cause__)


def test_an_import_that_fails_says_of_which_package() -> None:
    """`MissingPackage` is an `ImportError` too, with its `name`."""
    error = MissingPackage("onnx", extra="onnx")
    assert isinstance(error, ImportError)
    assert error.name == "onnx"
