"""`find`, `shipped`, documents and problems."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hwsim
from hwsim.meant import closest
from hwsim.specification import (
    KINDS,
    Problem,
    SpecificationError,
    find,
    load,
    load_any,
    shipped,
)


def test_every_kind_ships_something_that_can_be_opened() -> None:
    """Names are in order and lead to files."""
    for kind in KINDS:
        assert list(shipped(kind)) == sorted(shipped(kind))
        assert all(path.is_file() for path in shipped(kind).values())


def test_a_name_is_shipped_unless_it_looks_like_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shipped name wins over a file; a separator or a suffix makes it a path."""
    monkeypatch.chdir(tmp_path)
    for name in ("eyeriss", "mine", "eyeriss.yaml"):
        (tmp_path / name).touch()
    assert find("architecture", "eyeriss") == shipped("architecture")["eyeriss"]
    assert find("architecture", "./eyeriss") == Path("eyeriss")
    assert find("architecture", "eyeriss.yaml") == Path("eyeriss.yaml")
    assert find("architecture", "mine") == Path("mine")
    assert find("architecture", Path("eyeriss")) == Path("eyeriss")


def test_an_unknown_name_says_where_the_names_are_listed() -> None:
    """A misspelt name gets a suggestion, and the command that shows the names there are."""
    with pytest.raises(SpecificationError) as error:
        find("network", "alexnt")
    assert str(error.value) == (
        "alexnt:1:1: document: no network 'alexnt': neither a file nor among what `hwsim list` "
        "shows; did you mean alexnet?"
    )


def test_a_missing_file_is_named_as_it_was_given() -> None:
    """The message repeats the user's path."""
    with pytest.raises(SpecificationError, match=r"^no/where\.yaml:1:1: document: no such file$"):
        load("architecture", "no/where.yaml")


def test_load_any_finds_shipped_names_of_every_kind() -> None:
    """A name is enough to show what is shipped."""
    assert load_any("alexnet").kind == "network"
    assert load_any("eyeriss").kind == "architecture"
    assert load_any("eyeriss_jssc_alexnet").kind == "mapping"


def test_a_document_points_at_values_keys_and_what_encloses_them() -> None:
    """An origin is the value's, a key's, or that of the nearest value around what is absent."""
    document = load("network", "alexnet")
    path = ("layers", "conv1", "kernel")
    assert document.origin(path).line == document.key_origin(path).line
    assert document.origin(path).column > document.key_origin(path).column
    assert document.origin((*path[:2], "stride_x", 0)) == document.origin(path[:2])
    problem = document.problem(path, "is odd", "even", at_key=True)
    assert (
        str(problem)
        == f"{document.key_origin(path)}: layers.conv1.kernel: is odd; did you mean even?"
    )


def test_problems_are_sorted_and_said_once() -> None:
    """The text of an error is a line a problem, in the order of the file."""
    document = load("network", "alexnet")
    first, last = document.problem((), "first"), document.problem(("layers", "fc8"), "last")
    error = SpecificationError([last, first, last])
    assert error.problems == (first, last)
    assert str(error) == f"{first}\n{last}"
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_a_problem_is_one_printable_line() -> None:
    """Control characters of a file never reach the terminal."""
    origin = load("network", "alexnet").origin()
    problem = Problem(origin=origin, where="a\nb", what="is \x1b[31m red")
    assert str(problem).endswith(r": a\nb: is \x1b[31m red")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("capcity", "capacity"), ("DRAM", "dram"), ("zzz", None), ("d" * 200, None)],
)
def test_closest_forgives_typos_and_case(word: str, expected: str | None) -> None:
    """A suggestion is near, or there is none."""
    assert closest(word, ["capacity", "dram", "d" * 199]) == expected


def test_an_installed_package_finds_its_architectures_inside(tmp_path: Path) -> None:
    """In a wheel `archs` lies inside the package, and what lies beside it is not ours."""
    package = Path(hwsim.__file__).parent
    shutil.copytree(package, tmp_path / "hwsim", ignore=shutil.ignore_patterns("__pycache__"))
    archs = shipped("architecture")["eyeriss"].parent
    shutil.copytree(archs, tmp_path / "hwsim" / "archs", dirs_exist_ok=True)
    (tmp_path / "archs").mkdir()
    code = "from hwsim.specification import *; print(load('mapping', 'eyeriss_jssc_alexnet').file)"
    run = [sys.executable, "-c", code]
    shown = subprocess.run(run, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert shown.stdout == "hwsim/archs/mappings/eyeriss_jssc_alexnet.yaml\n"


def test_an_absurd_name_is_not_found(tmp_path: Path) -> None:
    """A name longer than any file's is an error like any other."""
    for name in ("x" * 5000, "x" * 5000 + ".yaml", "\0.yaml"):
        with pytest.raises(SpecificationError):
            load("architecture", name)


def test_the_import_is_light() -> None:
    """Importing the package pays for no schema validator and no graph."""
    code = "import sys, hwsim.specification; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"jsonschema", "networkx", "numpy"} & set(loaded.stdout.split())
