"""Every file under `tests/good` loads, is built, and is the same after it was rendered."""

from pathlib import Path

import pytest

from hwsim.specification import load_any, render
from tests.test_bad_files import build

GOOD = Path(__file__).parent / "good"
FILES = sorted(path for path in GOOD.rglob("*") if path.suffix in {".yaml", ".json"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_good_file_is_accepted(path: Path, tmp_path: Path) -> None:
    """What is odd but right has no problem, at any stage that reads it."""
    document = load_any(path)
    build(document)
    again = tmp_path / "again.yaml"
    again.write_text(render(document), encoding="utf-8")
    assert load_any(again) == document


def test_the_traps_of_yaml_1_1_are_none() -> None:
    """Words stay words, exponents are numbers, and a leading zero is no octal sign."""
    data = load_any(GOOD / "architecture" / "yaml_1_1_traps.yaml").data
    assert (data["name"], data["title"], data["source"]) == ("no", "12:30", "2017-01-01")
    assert (data["clock_mhz"], data["word_bits"]) == (200.0, 10)
    assert data["components"]["on"]["energy"] == {"read": 1e-9, "write": 6.0}
    assert data["dataflow"]["name"] == "off"
