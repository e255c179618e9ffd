"""Every file under `tests/bad` yields exactly the lines of the `.txt` beside it."""

from importlib import import_module
from pathlib import Path

import pytest

from hwsim.specification import Document, SpecificationError, load_any

BAD = Path(__file__).parent / "bad"
FILES = sorted(path for path in BAD.rglob("*") if path.suffix in {".yaml", ".json"})
BUILDERS = {"architecture": "hwsim.architecture", "network": "hwsim.workload"}


def build(document: Document) -> None:
    """What the stage that reads this kind of document makes of it."""
    if document.kind in BUILDERS:
        import_module(BUILDERS[document.kind]).build(document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_bad_file_is_refused_with_its_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading and building a bad file says all that is wrong with it, word for word."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(SpecificationError) as error:
        build(load_any(path.name))
    assert f"{error.value}\n" == path.with_suffix(".txt").read_text()


def test_every_expected_text_has_its_file() -> None:
    """No expectation outlives the file that it is about."""
    assert {path.with_suffix("") for path in BAD.rglob("*.txt")} == {
        path.with_suffix("") for path in FILES
    }
