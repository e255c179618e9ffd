"""The map of the code, and the paths that pages name: neither can go stale."""

import re
import runpy
from pathlib import Path

import pytest

import hwsim
import prune

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "map.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PACKAGES = ("hwsim", "prune")


def rooms(package: str) -> list[str]:
    """The modules and packages right inside a package."""
    found = (ROOT / package).iterdir()
    names = [
        f"{path.name}/" if path.is_dir() else path.name
        for path in found
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    ]
    return sorted(name for name in names if name != "__init__.py")


def section(package: str) -> str:
    """What the map says of a package."""
    return PAGE.read_text().split(f"\n## {package}\n")[1].split("\n## ")[0]


def test_the_map_is_what_the_contract_and_the_code_say() -> None:
    """`python docs/rooms.py > docs/map.md` changes nothing."""
    document = runpy.run_path(str(ROOT / "docs" / "rooms.py"))["document"]
    assert document() == PAGE.read_text()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_is_on_the_map_once_and_says_what_it_does(package: str) -> None:
    """A folder or a module has one row, with a sentence."""
    rows = re.findall(r"^\| \d+ \| `(.+?)` \| (.*?) \|", section(package), re.MULTILINE)
    assert sorted(room for room, _ in rows) == rooms(package)
    assert all(sentence.endswith(".") for _, sentence in rows)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_drawing_shows_rooms_that_are_there(package: str) -> None:
    """Its words in brackets are rooms of its package."""
    drawn = re.findall(r"\[(\w+)\]", section(package))
    assert drawn
    assert {*drawn} <= {room.removesuffix("/").removesuffix(".py") for room in rooms(package)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    """A folder or a file of this repository between backticks exists."""
    named = re.findall(
        r"`((?:archs|benchmarks|docs|examples|hwsim|prune|tests)/[\w./-]*)`", page.read_text()
    )
    gone = [path for path in named if "NAME" not in path and not (ROOT / path).exists()]
    assert gone == []


def test_what_the_packages_export_is_on_the_page_of_the_api() -> None:
    """Each name once."""
    page = (ROOT / "docs" / "api.md").read_text()
    shown = re.findall(r"^\.\. auto\w+:: (.+)$", page, re.MULTILINE)
    exported = [
        f"{package.__name__}.{name}" for package in (hwsim, prune) for name in package.__all__
    ]
    assert sorted(shown) == sorted(exported)
