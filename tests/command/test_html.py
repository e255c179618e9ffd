"""Pages open in a browser without a network or an error, and their numbers are those of JSON."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hwsim.report.html.page import chart
from tests.command.call import CHIP, NET, hwsim, report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")

DEARER = f"{CHIP} --set components.dram.energy.read=400"
AXIS = ("--set", "components.dram.energy.read=100,200,400")
#: In a page: when it is drawn, choose the tensors, and say so when that is drawn, too.
CHOOSE = """<script>
const wait = setInterval(() => {
  if (document.documentElement.dataset.drawn !== "yes") return;
  clearInterval(wait);
  const choice = document.querySelector("input[type=radio][value=tensor]");
  choice.click();
  setTimeout(() => { document.documentElement.dataset.chosen = "yes"; }, 500);
}, 50);
</script>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name}.html" for name in ("result", "comparison")}
    hwsim("simulate", CHIP, NET, "--format", "html", "--output", files["result"])
    hwsim("compare", CHIP, DEARER, NET, "--format", "html", "--output", files["comparison"])
    hwsim("sweep", CHIP, NET, *AXIS, "--output", folder / "sweep")
    return {**files, "sweep": folder / "sweep" / "report.html"}


def specs(page: Path) -> dict[str, Any]:
    """The charts of a page, by their names."""
    found = re.findall(
        r'<script type="application/json" data-chart="(\w+)">(.*?)</script>', page.read_text()
    )
    return {name: json.loads(text) for name, text in found}


def opened(page: Path) -> tuple[str, str]:
    """What the browser makes of the page, and what it complains of."""
    assert CHROMIUM
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
    command = [CHROMIUM, *flags, "--virtual-time-budget=20000", "--dump-dom", f"file://{page}"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return run.stdout, "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)


#: Tags that have no end.
EMPTY = frozenset({"meta", "br", "input", "link"})


class Whole(HTMLParser):
    """Fails where a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = list[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Open it."""
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["result", "comparison", "sweep"])
def test_a_page_is_whole_small_and_needs_no_network(pages: dict[str, Path], kind: str) -> None:
    """One file below 2 MB; nothing in it is loaded from elsewhere."""
    text = pages[kind].read_text()
    assert len(text.encode()) < 2_000_000
    assert not re.search(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//', text)
    parser = Whole()
    parser.feed(text)
    assert parser.open == []


@browser
@pytest.mark.parametrize("kind", ["result", "comparison", "sweep"])
def test_a_browser_draws_every_chart_without_a_complaint(pages: dict[str, Path], kind: str) -> None:
    """A chart is an SVG that says what it is."""
    drawn, complaints = opened(pages[kind])
    assert complaints == ""
    assert 'data-drawn="yes"' in drawn
    for name, spec in specs(pages[kind]).items():
        assert re.search(rf'id="{name}".*?<svg', drawn, re.DOTALL)
        assert spec["description"] in drawn


def test_the_numbers_of_charts_are_those_of_json(pages: dict[str, Path]) -> None:
    """Energy by layer, component and tensor."""
    told = {layer["name"]: layer for layer in report()["layers"]}
    for row in specs(pages["result"])["energy"]["data"]["values"]:
        assert row["energy"] == told[row["layer"]][f"by_{row['by']}"][row["part"]]


def test_the_numbers_of_tables_are_those_of_json(pages: dict[str, Path]) -> None:
    """A cell is sorted by the number itself."""
    text = pages["result"].read_text()
    for layer in report()["layers"]:
        for measure in ("macs", "energy", "cycles", "utilization"):
            assert f'data-value="{layer[measure]}"' in text


def test_the_page_states_what_the_text_does(pages: dict[str, Path]) -> None:
    """The facts above and below the tables."""
    text = hwsim("simulate", CHIP, NET).stdout
    terms = re.findall(r"<dt>(.*?)</dt>", pages["result"].read_text())
    assert terms
    assert all(re.search(rf"^{term} ", text, re.MULTILINE) for term in terms)
    assert all(f"{term}</dt>" in pages["result"].read_text() for term in ("energy", "mappings"))


@pytest.mark.parametrize(
    ("said", "most"), [("2", 2), ("{read: 2, write: 1}", 3), ("{read: 1, both: 1}", 1)]
)
def test_no_layer_is_above_a_roof_that_slopes(tmp_path: Path, said: str, most: int) -> None:
    """Where the outermost memory has a bandwidth, so many words are all that feed the MACs."""
    page = tmp_path / "page.html"
    slow = f"components.dram.bandwidth_words_per_cycle={said}"
    hwsim("simulate", CHIP, NET, "--set", slow, "--format", "html", "--output", page)
    roof, layers = (layer["data"]["values"] for layer in specs(page)["roofline"]["layer"][:2])
    assert roof[0]["rate"] == most * roof[0]["intensity"]
    assert all(layer["rate"] <= most * layer["intensity"] * 1.001 for layer in layers)


@browser
def test_what_charts_write_is_of_the_page_s_ink(pages: dict[str, Path]) -> None:
    """Black letters cannot be read on a dark page."""
    drawn, _ = opened(pages["result"])
    assert 'fill="black"' not in drawn


@browser
def test_a_switch_chooses_what_bars_are_split_by(pages: dict[str, Path], tmp_path: Path) -> None:
    """Bars say their numbers, first by component and then by tensor."""
    by_component, _ = opened(pages["result"])
    chosen = tmp_path / "chosen.html"
    chosen.write_text(f"{CHOOSE}</body>".join(pages["result"].read_text().rsplit("</body>", 1)))
    by_tensor, complaints = opened(chosen)
    assert complaints == ""
    assert 'data-chosen="yes"' in by_tensor
    assert "part: spad" in by_component
    assert "part: weights" not in by_component
    assert "part: weights" in by_tensor
    assert "part: spad" not in by_tensor


def test_names_of_a_file_cannot_write_the_page(tmp_path: Path) -> None:
    """What a file says is text."""
    chip = tmp_path / "chip.yaml"
    chip.write_text(Path(CHIP).read_text().replace("A small", "<script>alert(1)</script> small"))
    page = tmp_path / "page.html"
    hwsim("simulate", chip, NET, "--format", "html", "--output", page)
    assert "<script>alert" not in page.read_text()
    assert "&lt;script&gt;alert" in page.read_text()


def test_the_roof_has_a_corner_where_the_memory_has_a_bandwidth(pages: dict[str, Path]) -> None:
    """Below it the bandwidth of the outermost memory binds, above it the array."""
    roof = specs(pages["result"])["roofline"]["layer"][0]["data"]["values"]
    peak = 4  # MACs in a row
    for end in roof:
        assert end["rate"] == pytest.approx(min(peak, 2 * end["intensity"]))
    assert len({end["rate"] for end in roof}) > 1


def test_energies_in_two_units_have_no_change(tmp_path: Path) -> None:
    """As in text: a dash stands where a MAC is set against picojoules."""
    page = tmp_path / "page.html"
    other = f"{CHIP} --set energy_unit=mac"
    hwsim("compare", CHIP, other, NET, "--format", "html", "--output", page)
    assert "energies in different units" in hwsim("compare", CHIP, other, NET).stdout
    assert not re.search(r">[+-]?[0-9.]+</td></tr>", page.read_text().partition("Components")[2])


def test_a_chart_ends_where_it_ends() -> None:
    """Names come from files and from other programs; no name of theirs opens or closes a tag."""
    for name in ("</script>", "<!--<script>", "<b>"):
        told = chart("one", {"title": name}, name)
        text = told.partition('data-chart="one">')[2].removesuffix("</script>")
        assert "<" not in text
        assert json.loads(text)["title"] == name
