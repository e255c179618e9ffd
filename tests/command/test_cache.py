"""`hwsim cache`, and what `hwsim simulate` does with the mappings that are kept."""

from pathlib import Path

import pytest

from hwsim.cache import FOLDER
from hwsim.report.figures import si
from tests.command.call import CHIP, NET, hwsim

SIMULATE = ("simulate", CHIP, NET)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where mappings are kept; it does not exist yet."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


def kept() -> dict[str, str]:
    """What `hwsim cache` says, by its labels."""
    return dict(line.split(maxsplit=1) for line in hwsim("cache").stdout.splitlines())


def test_what_is_kept_is_counted_and_removed(folder: Path) -> None:
    """An entry for each shape that was mapped, until they are cleared."""
    assert kept() == {"folder": str(folder), "mappings": "0", "size": "0 B"}
    printed = hwsim(*SIMULATE).stdout
    size = sum(file.stat().st_size for file in folder.rglob("*.json"))
    assert kept() == {"folder": str(folder), "mappings": "2", "size": si(size, "B")}
    assert hwsim(*SIMULATE).stdout == printed
    assert kept()["mappings"] == "2"
    assert hwsim("cache", "clear").stdout == f"removed 2 mappings from {folder}\n"
    assert kept()["mappings"] == "0"
    assert hwsim("cache", "clear").stdout == f"removed 0 mappings from {folder}\n"


def test_one_mapping_is_one_mapping(folder: Path) -> None:
    """What is said of one is said in the singular."""
    hwsim(*SIMULATE, "--layers", "fc")
    assert hwsim("cache", "clear").stdout == f"removed 1 mapping from {folder}\n"


def test_without_a_cache_nothing_is_kept_or_taken(folder: Path) -> None:
    """`--no-cache` neither makes the folder nor reads what is in it."""
    printed = hwsim(*SIMULATE, "--no-cache").stdout
    assert not folder.exists()
    assert hwsim(*SIMULATE).stdout == printed
    for file in folder.rglob("*.json"):
        file.write_text("nothing")
    assert hwsim(*SIMULATE, "--no-cache").stdout == printed
    assert {file.read_text() for file in folder.rglob("*.json")} == {"nothing"}


def test_a_folder_that_is_none_is_said(folder: Path) -> None:
    """Who asks for the cache hears what is wrong with it; who simulates does not."""
    folder.write_text("a file")
    for command in (("cache",), ("cache", "clear")):
        result = hwsim(*command, status=1)
        assert result.stdout == ""
        assert result.stderr == f"{folder}: cannot be used to keep mappings: Not a directory\n"
    assert hwsim(*SIMULATE).stderr == ""
    assert folder.read_text() == "a file"


def test_the_cache_has_no_other_commands() -> None:
    """A typo ends with 2, and does not clear anything."""
    hwsim(*SIMULATE)
    assert "Did you mean 'clear'?" in hwsim("cache", "claer", status=2).stderr
    assert kept()["mappings"] == "2"
