"""Every file under `tests/bad` yields exactly the lines of the `.txt` beside it."""

from pathlib import Path

import pytest

from hwsim import architecture, mapping, workload
from hwsim.specification import Document, Kind, SpecificationError, load, load_any

BAD = Path(__file__).parent / "bad"
FILES = sorted(path for path in BAD.rglob("*") if path.suffix in {".yaml", ".json", ".csv"})


def build(document: Document) -> None:
    """What the stages that read this kind of document make of it.

    A mapping that names an architecture and a network, by paths from its folder, is fitted on them.
    """
    match document.kind:
        case "architecture":
            architecture.build(document)
        case "network":
            workload.build(document)
        case "density" if "network" in document.data:
            workload.contents([document], workload.build(named(document, "network")))
        case _ if {"architecture", "network"} <= document.data.keys():
            chip = architecture.build(named(document, "architecture"))
            net = workload.build(named(document, "network"))
            mapping.nests(mapping.build(document), chip, net)


def named(document: Document, kind: Kind) -> Document:
    """The document at the path that this one gives under the name of its kind."""
    return load(kind, Path(document.file).parent / document.data[kind])


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


def test_no_expected_text_depends_on_the_checkout() -> None:
    """Neither the place of the checkout nor a line of what is shipped stands in a text."""
    for path in BAD.rglob("*.txt"):
        text = path.read_text()
        assert str(BAD.parents[1]) not in text, path
        assert "archs/" not in text, path
