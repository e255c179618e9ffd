"""The README and the pages: what they show is what hwsim prints, and their Python runs."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from hwsim import load_architecture, load_mapping, load_network, simulate

ROOT = Path(__file__).parents[1]
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "your-own.md"
NETWORKS = ROOT / "docs" / "networks.md"
SCRIPT = runpy.run_path(str(ROOT / "docs" / "readme.py"))


def block(page: Path, language: str, start: str = "") -> str:
    """The one block of code of the page in that language that starts so."""
    blocks = re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)
    (found,) = [each for each in blocks if each.startswith(start)]
    return str(found)


@pytest.mark.parametrize("page", SCRIPT["PAGES"], ids=lambda page: page.name)
def test_every_output_is_what_its_command_prints(page: Path) -> None:
    """`docs/readme.py` would change nothing."""
    assert SCRIPT["refreshed"](page.read_text()) == page.read_text()


def test_what_a_page_shows_as_tested_is_tested() -> None:
    """A page whose outputs or files are marked is one that `docs/readme.py` looks at."""
    pages = [README, *(ROOT / "docs").glob("*.md")]
    marked = {page for page in pages if re.search("<!-- (output of|file):", page.read_text())}
    assert marked == set(SCRIPT["PAGES"])


def test_the_readme_is_read_at_one_sitting() -> None:
    """150 lines at most: what is longer is a page."""
    assert len(README.read_text().splitlines()) <= 150


def test_the_python_in_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each of AlexNet's convolutions."""
    exec(block(README, "python", "import hwsim\n"), {})
    assert capsys.readouterr().out.count("MACs") == 5


def test_the_first_variant_costs_what_the_readme_says() -> None:
    """A read of half of the buffer, which is an estimate."""
    chip = load_architecture(ROOT / "examples" / "half_buffer.yaml")
    (read,) = (one for one in chip.derived if one.path == "components.buffer.energy.read")
    assert not read.as_said
    said = f"a read of that half buffer costs {read.value:.3g} MACs, not {read.figure}"
    assert said in README.read_text()


def test_a_buffer_can_be_too_large(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the buffers in the example, from 8 to 1024 KiB, one in the middle costs the least; pages
    say which.
    """
    runpy.run_path(str(ROOT / "examples" / "sweep_buffer.py"), run_name="__main__")
    swept = re.findall(r"(\d+) KiB: +([\d.]+) M", capsys.readouterr().out)
    energies = {int(size): float(energy) for size, energy in swept}
    assert (min(energies), max(energies)) == (8, 1024)
    least = min(energies, key=energies.__getitem__)
    assert least == 128
    assert energies[8] > energies[least] < energies[1024]
    assert f"at {least} KiB" in " ".join(README.read_text().split())
    assert f"Eyeriss with {least} KiB" in (ROOT / "docs" / "using.md").read_text()


def test_a_module_is_measured_as_on_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Its two layers are priced, and what the second reads is what the ReLU leaves."""
    names: dict[str, Any] = {}
    exec(block(NETWORKS, "python", "import torch"), names)
    assert "not priced  relu x1, flatten x1" in capsys.readouterr().out
    first, second = (names["measured"].data[name] for name in "03")
    assert first.density("outputs") == second.density("inputs") < 1


def test_the_python_in_the_guide_feeds_a_mapping_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mapping that was saved from the report gives the same result."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(block(GUIDE, "python"), names)
    assert names["layer"]["bounds"]["M"] == 128
    assert repr(names["again"]) == repr(names["result"])
    assert not names["again"].layers[0].derived


def test_the_mapping_in_the_guide_does_what_it_says(tmp_path: Path) -> None:
    """It fits conv2 on the small chip, keeps every PE at work, and costs more energy."""
    given = tmp_path / "given.yaml"
    given.write_text(block(GUIDE, "yaml", "schema: hwsim/mapping"))
    chip, network = load_architecture(ROOT / "examples" / "small.yaml"), load_network("alexnet")
    derived = simulate(chip, network, layers="conv2")
    result = simulate(chip, network, layers="conv2", mapping=load_mapping(given))
    assert result.utilization == 1
    assert result.energy > derived.energy


def test_the_guide_says_what_fewer_cycles_cost() -> None:
    """3.3 times as fast for 10 % more energy, with all PEs at work, not 20."""
    small, network = load_architecture(ROOT / "examples" / "small.yaml"), load_network("alexnet")
    frugal, fast, both = (
        simulate(small, network, layers="conv2", objective=objective)
        for objective in ("energy", "cycles", "edp")
    )
    assert [result.layers[0].active_pes for result in (frugal, fast, both)] == [20, 64, 64]
    assert frugal.cycles / fast.cycles == pytest.approx(3.3, abs=0.05)
    assert fast.energy / frugal.energy == pytest.approx(1.10, abs=0.005)
