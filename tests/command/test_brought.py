"""What installed packages bring: commands and kinds of files, as docs/extending.md has them."""

import json
import re
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from hwsim import Importer, NotImported, load_architecture, load_network, render, simulate
from hwsim.extensions import COMMANDS, FILES
from hwsim.report import OF_RESULT
from hwsim.workload.network import Network
from tests.command.call import CHIP, NET, ROOT, process

PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
Call = Callable[..., tuple[int, str, str]]


def blocks(language: str) -> list[str]:
    """The page's blocks of code in that language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def installed(site: Path, package: str, points: str, modules: dict[str, str]) -> None:
    """Puts a package into a folder as an installer does: modules, and what it says of itself."""
    told = site / f"{package}-1.0.dist-info"
    for folder in (told, site / package):
        folder.mkdir(parents=True, exist_ok=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(points)
    for name, source in {"__init__": "", **modules}.items():
        (site / package / f"{name}.py").write_text(source)


def ini(toml: str) -> str:
    """The page's entry points as an installer writes them."""
    return toml.replace('[project.entry-points."', "[").replace('"]', "]").replace('"', "")


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Calls hwsim beside what is installed in `tmp_path / "site"`, and says how it ended."""

    def called(*arguments: str | Path, **environment: str) -> tuple[int, str, str]:
        path = f"{tmp_path / 'site'}:{ROOT}"
        running = process(*arguments, env={"PYTHONPATH": path, **environment})
        out, complaints = running.communicate(timeout=60)
        return running.returncode, out, complaints

    return called


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The folder with the package of the page."""
    (points,), sources = blocks("toml"), blocks("python")
    modules = {re.findall(r"acme/(\w+)\.py", source)[0]: source for source in sources}
    installed(tmp_path / "site", "acme", ini(points), modules)
    return tmp_path / "site"


def test_the_command_of_a_package_is_one_of_hwsims(acme: Path, call: Call) -> None:
    """It is listed after hwsim's own, and does what it does; what it takes is explained."""
    status, out, _ = call("--help")
    assert status == 0
    own, theirs = out.index("\n  cache "), out.index("\n  storages  Name the storages of an")
    assert own < out.index("\n  prune     Prune a trained network for a chip.") < theirs
    assert call("storages", "eyeriss") == (
        0,
        "dram buffer filter_spad input_spad psum_spad\n",
        "",
    )
    assert "Usage: hwsim storages [OPTIONS] " in call("storages", "--help")[1]


def test_a_users_mistake_in_a_packages_command_has_no_traceback(acme: Path, call: Call) -> None:
    """The text of the error and its status are the command's."""
    status, out, complaints = call("storages", "eyeris")
    assert (status, out) == (1, "")
    assert complaints.startswith("eyeris:1:1: document: no architecture 'eyeris'")


def test_a_group_of_commands_can_be_brought(tmp_path: Path, call: Call) -> None:
    """A `Typer` with commands of its own, listed with the docstring of its module."""
    source = (
        '"""Do two things.\n\nIn turn."""\n'
        "import typer, hwsim\n"
        "class Full(hwsim.Error):\n    status = 9\n"
        "app = typer.Typer()\n"
        '@app.command()\ndef one() -> None:\n    "The first."\n    print(1)\n'
        '@app.command()\ndef two() -> None:\n    raise Full("it is full")\n'
    )
    points = "[hwsim.commands]\ntwice = acme.two:app\n"
    installed(tmp_path / "site", "acme", points, {"two": source})
    assert "\n  twice     Do two things.\n" in call("--help")[1]
    assert call("twice", "one") == (0, "1\n", "")
    assert call("twice", "two") == (9, "", "it is full\n")


def test_nothing_of_a_package_is_imported_before_it_is_called(tmp_path: Path, call: Call) -> None:
    """Neither for the help text nor for other commands, nor to complete a word."""
    loud = 'raise SystemError("imported")\n'
    source = f'{loud}\n\ndef shout() -> None:\n    """Be heard."""\n'
    points = "[hwsim.commands]\nshout = acme.loud.voice:shout\n"
    installed(tmp_path / "site", "acme", points, {})
    (tmp_path / "site" / "acme" / "__init__.py").write_text(loud)
    (tmp_path / "site" / "acme" / "loud").mkdir()
    for name in ("__init__", "voice"):
        (tmp_path / "site" / "acme" / "loud" / f"{name}.py").write_text(source)
    assert "\n  shout     Be heard.\n" in call("--help")[1]
    assert call("list")[0] == 0
    completing = {"_HWSIM_COMPLETE": "complete_bash", "COMP_WORDS": "hwsim s", "COMP_CWORD": "1"}
    assert call("s", **completing)[0] == 0
    told = "shout, which the package acme brings as acme.loud.voice:shout, cannot be loaded"
    assert call("shout") == (1, "", f"{told}: SystemError: imported\n")


BROKEN = {
    "gone": ("acme.nowhere:run", "there is no module acme.nowhere"),
    "lost": ("nothing_at_all.command:run", "there is no module nothing_at_all.command"),
    "garbled": ("acme.garbled:run", "SyntaxError: invalid syntax"),
    "odd": ("5 % off", "it is no MODULE:NAME"),
    "whole": ("acme.empty", None),
    "empty": ("acme.empty:run", None),
    "number": ("acme.number:run", None),
}


def test_what_is_broken_is_told_in_a_line_and_breaks_nothing_else(
    acme: Path, tmp_path: Path, call: Call
) -> None:
    """A module that there is not, one that is no Python, or has no such function, or a number."""
    points = "\n".join(f"{name} = {value}" for name, (value, _) in BROKEN.items())
    modules = {"garbled": "def run(:\n", "empty": '"""Nothing."""\n', "number": "run = 5\n"}
    installed(tmp_path / "site", "acme", f"[hwsim.commands]\n{points}\n", modules)
    status, out, complaints = call("--help", COLUMNS="200")
    assert (status, complaints) == (0, "")
    for name, (_, reason) in BROKEN.items():
        assert reason is None or f"\n  {name:8}  Cannot be loaded: {reason}"[:70] in out
        status, printed, complaints = call(name)
        assert (status, printed, complaints.count("\n")) == (1, "", 1)
        assert complaints.startswith(f"{name}, which the package acme brings as ")
        assert "cannot be loaded: " in complaints
    assert call("simulate", CHIP, NET)[0] == 0


def test_no_package_takes_the_place_of_a_command_of_hwsims(tmp_path: Path, call: Call) -> None:
    """Whoever calls `hwsim list` gets hwsim's."""
    points = "[hwsim.commands]\nlist = acme.mine:run\n"
    installed(tmp_path / "site", "acme", points, {"mine": "def run() -> None: print('mine')\n"})
    assert "eyeriss" in call("list")[1]


def test_files_of_a_packages_kind_are_checked_by_it(acme: Path, tmp_path: Path, call: Call) -> None:
    """And whoever takes one for another file is told what it is for."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("schema: acme/limit/v1\nmost_pj: 5\n")
    bad.write_text("schema: acme/limit/v1\n")
    assert call("check", good) == (0, f"{good}: ok (limit of 5 pJ)\n", "")
    assert call("check", bad, good) == (
        1,
        f"{good}: ok (limit of 5 pJ)\n",
        f"{bad}: says no `most_pj`\n",
    )
    told = "schema: is a limit: `acme` holds energies to it, `hwsim check` checks it"
    assert call("simulate", good, NET) == (1, "", f"{good}:1:9: {told}\n")


def test_a_broken_kind_of_files_is_told_in_a_line(tmp_path: Path, call: Call) -> None:
    """Beside the file, and others are checked."""
    installed(tmp_path / "site", "acme", "[hwsim.files]\nacme/limit = acme.no:LIMIT\n", {})
    file = tmp_path / "limit.yaml"
    file.write_text("schema: acme/limit/v1\n")
    status, out, complaints = call("check", file, CHIP)
    assert status == 1
    assert out.startswith(f"{CHIP}: ok (architecture chip")
    assert complaints == (
        f"{file}: acme/limit, which the package acme brings as acme.no:LIMIT, cannot be loaded:"
        " ModuleNotFoundError: No module named 'acme.no'\n"
    )


#: hwsim's own forms of a result, as help lists them.
OURS = "|".join(OF_RESULT.own)


def test_a_packages_form_of_report_is_one_of_hwsims(acme: Path, call: Call) -> None:
    """It is listed behind hwsim's own, and written where a result is, also to a file."""
    assert f"--format <{OURS}|budget>" in call("simulate", "--help")[1]
    status, out, complaints = call("simulate", CHIP, NET, "--format", "budget")
    assert (status, complaints) == (0, "")
    parts = dict(line.split() for line in out.splitlines())
    assert [*parts] == [layer.name for layer in load_network(NET).layers]
    assert sum(map(int, parts.values())) == pytest.approx(1000, abs=len(parts) / 2)
    file = acme / "report"
    assert call("simulate", CHIP, NET, "--format", "budget", "--output", file)[0] == 0
    assert file.read_text() == out
    assert "budget" not in call("explain", "--help")[1]


def test_a_form_that_there_is_not_is_told_with_those_that_are(acme: Path, call: Call) -> None:
    """Those of packages among them."""
    status, _, complaints = call("simulate", CHIP, NET, "--format", "budgit")
    assert status == 2
    listed = ", ".join(map(repr, (*OF_RESULT.own, "budget")))
    assert f"'budgit' is not one of {listed}." in complaints


GROUPS = {
    "reports": ("simulate", CHIP, NET),
    "explanations": ("explain", CHIP, NET, "conv"),
    "exports": ("export", NET),
}


@pytest.mark.parametrize("group", GROUPS)
def test_whatever_is_written_can_be_written_in_a_packages_form(
    group: str, tmp_path: Path, call: Call
) -> None:
    """Each has a group of its own; no form takes the place of one of hwsim's."""
    points = f"[hwsim.{group}]\nours = acme.ours:ours\ntext = acme.ours:ours\n"
    source = "def ours(this: object) -> str: return type(this).__name__\n"
    installed(tmp_path / "site", "acme", points, {"ours": source})
    what = {"reports": "Result", "explanations": "Explanation", "exports": "Network"}
    assert call(*GROUPS[group], "--format", "ours")[1] == what[group]
    assert call(*GROUPS[group], "--format", "text")[1] != what[group]


def test_a_broken_form_is_told_in_a_line(tmp_path: Path, call: Call) -> None:
    """Whether its module is not there, or it is no function; help lists it all the same."""
    points = "[hwsim.reports]\nlost = acme.no:lost\nnumber = acme.number:run\n"
    installed(tmp_path / "site", "acme", points, {"number": "run = 5\n"})
    assert f"<{OURS}|lost|number>" in call("simulate", "--help")[1]
    for name, reason in {"lost": "ModuleNotFoundError", "number": "it is no function"}.items():
        status, out, complaints = call("simulate", CHIP, NET, "--format", name)
        assert (status, out, complaints.count("\n")) == (1, "", 1)
        assert complaints.startswith(f"{name}, which the package acme brings as acme.")
        assert f"cannot be loaded: {reason}" in complaints


def test_a_function_is_a_form_from_python() -> None:
    """Of no package at all; a name that there is not is told with those that are."""
    result = simulate(load_architecture(CHIP), load_network(NET))
    assert render(result, lambda shown: f"{len(shown.layers)} layers") == "2 layers"
    with pytest.raises(ValueError, match="no report is called 'xml'; there are text, json"):
        render(result, "xml")
    assert render(result.network, "text").startswith("name: net")


@pytest.fixture
def dense(tmp_path: Path) -> Path:
    """A file of the page's importer, of two layers."""
    file = tmp_path / "small.dense"
    file.write_text("one 12 8\ntwo 8 4\n")
    return file


def test_a_packages_files_are_networks_like_any_other(acme: Path, dense: Path, call: Call) -> None:
    """Where a command takes a network, and where a mapping names the one that it is for."""
    assert call("check", dense) == (0, f"{dense}: ok (network small)\n", "")
    report = json.loads(call("simulate", CHIP, dense, "--batch", "3", "--format", "json")[1])
    assert [layer["macs"] for layer in report["layers"]] == [3 * 12 * 8, 3 * 8 * 4]
    assert call("explain", CHIP, dense, "one", "--no-what-if")[0] == 0
    assert "two: {kind: fully_connected" in call("show", dense)[1]
    assert call("export", dense)[1].startswith("1,1,1,12,1,0,16,1,1,12,8,")
    upper = dense.rename(dense.with_name("LARGE.DENSE"))
    assert call("check", upper)[1] == f"{upper}: ok (network LARGE)\n"
    density = dense.with_name("density.yaml")
    density.write_text(
        f"schema: hwsim/density/v1\nnetwork: {upper.name}\nlayers: {{one: {{weights: 0.5}}}}\n"
    )
    assert call("check", density)[1] == f"{density}: ok (density density, of LARGE)\n"


def test_what_an_importer_does_not_take_hwsim_does_or_refuses(
    acme: Path, dense: Path, call: Call
) -> None:
    """Layers are left out of what was read; there are no open sizes."""
    out = call("simulate", CHIP, dense, "--skip", "two")[1]
    assert "missing" in out
    status, _, complaints = call("simulate", CHIP, dense, "--skip", "tow")
    assert (status, "did you mean two?" in complaints) == (1, True)
    assert call("simulate", CHIP, dense, "--dim", "n=3") == (
        1,
        "",
        f"{dense}: model: has no open sizes: only ONNX files can leave sizes open\n",
    )


def test_a_file_that_an_importer_cannot_read_is_told_in_a_line(acme: Path, call: Call) -> None:
    """Though its function says nothing of that: none there, a folder."""
    missing, folder = acme / "no.dense", acme / "folder.dense"
    folder.mkdir()
    for file, why in {missing: "No such file or directory", folder: "Is a directory"}.items():
        for command in (("simulate", CHIP, file), ("check", file)):
            assert call(*command) == (1, "", f"{file}: model: cannot be read: {why}\n")


def test_a_broken_importer_is_told_in_a_line(tmp_path: Path, call: Call) -> None:
    """And other files are read; no package reads files of hwsim's own suffixes."""
    points = "[hwsim.importers]\n" + "".join(
        f"{suffix} = acme.no:read\n" for suffix in (".lost", ".yaml", ".onnx", ".txt")
    )
    installed(tmp_path / "site", "acme", points, {})
    lost, named = tmp_path / "net.lost", ".lost, which the package acme brings as acme.no:read"
    assert call("simulate", CHIP, lost)[::2] == (
        1,
        f"{named}, cannot be loaded: ModuleNotFoundError: No module named 'acme.no'\n",
    )
    assert call("simulate", CHIP, NET)[0] == 0
    assert "no such file" in call("simulate", CHIP, tmp_path / "net.onnx")[2]
    assert "no such file" in call("simulate", CHIP, tmp_path / "net.txt")[2]


def test_an_importer_is_told_what_it_takes(tmp_path: Path) -> None:
    """From Python an object or a function will do, whatever the suffix."""
    asked = list[object]()
    net = load_network(NET)

    def read(path: str, batch: int | None, **said: object) -> Network:
        asked.append((path, batch, said))
        return net

    file = str(tmp_path / "net.odd")
    assert load_network(file, 3, importer=read) is net
    taking = Importer(read=read, takes=frozenset(("dims", "skip")))
    load_network(file, dims={"n": 3}, skip="conv", importer=taking)
    assert asked == [(file, 3, {}), (file, None, {"dims": {"n": 3}, "skip": "conv"})]
    with pytest.raises(NotImported, match="has no open sizes"):
        load_network(file, shapes={"x": [1]}, importer=taking)
    assert [one.name for one in load_network(file, skip="conv", importer=read).missing] == ["conv"]


def test_the_pruner_is_such_a_package() -> None:
    """Its command and its recipes are known by entry points alone."""
    told = "installed before prune had entry points: install again"
    assert "prune" in entry_points(group=COMMANDS).names, told
    assert "hwsim/recipe" in entry_points(group=FILES).names, told


BLOCKS = ("--set", "components.dram.formats={weights: blocks}", "--density", "weights=0.5")
SIMULATE = ("simulate", CHIP, NET, *BLOCKS, "--format", "json")


def test_a_packages_format_is_one_of_hwsims(acme: Path, tmp_path: Path, call: Call) -> None:
    """A file may name it, and sizes are those that it says; a name that there is not is told."""
    status, out, complaints = call(*SIMULATE)
    assert (status, complaints) == (0, "")
    (_, layer) = json.loads(out)["layers"]
    assert layer["stored"]["weights"]["stored_bits"] == (1 + (1 - 0.5**4) * 4 * 16) / 4
    file = tmp_path / "chip.yaml"
    file.write_text(Path(CHIP).read_text().replace("kind: storage", BLOCKED, 1))
    assert call("check", file)[::2] == (0, "")
    status, _, complaints = call("simulate", CHIP, NET, "--set", BLOCKS[1].replace("ks}", "}"))
    assert status == 1
    known = "must be one of none, run_length, bitmask, coordinates, blocks, not 'bloc'"
    assert f"{known}; did you mean blocks?" in complaints


BLOCKED = "kind: storage\n    formats: {weights: blocks}"


def test_mappings_are_kept_by_the_sizes_of_a_packages_format(
    acme: Path, tmp_path: Path, call: Call
) -> None:
    """Another version that says the same needs no search; one that says something else does."""
    module, cache = acme / "acme" / "blocks.py", tmp_path / "cache"

    def kept() -> int:
        assert call(*SIMULATE, HWSIM_CACHE_DIR=str(cache))[0] == 0
        return len([*cache.rglob("*.json")])

    source = module.read_text()
    first = kept()
    module.write_text(f"{source}\n# the same\n")
    assert kept() == first
    module.write_text(source.replace("zeros**4", "zeros**5"))
    assert kept() == 2 * first


def test_a_broken_format_is_told_in_a_line(tmp_path: Path, call: Call) -> None:
    """Whether its module is not there, or it is no format; by `check`, too."""
    file = tmp_path / "chip.yaml"
    file.write_text(Path(CHIP).read_text().replace("kind: storage", BLOCKED, 1))
    broken = {"acme.no:B": "ModuleNotFoundError", "acme.number:run": "it is no hwsim.Format"}
    for value, reason in broken.items():
        points = f"[hwsim.formats]\nblocks = {value}\n"
        installed(tmp_path / "site", "acme", points, {"number": "run = 5\n"})
        told = f"blocks, which the package acme brings as {value}, cannot be loaded: {reason}"
        for command in (("simulate", file, NET), ("check", file)):
            status, out, complaints = call(*command)
            assert (status, out, complaints.count("\n")) == (1, "", 1)
            assert told in complaints


PRICED = (
    "components.dram.energy={estimate: rram}",
    "components.dram.attributes={levels: 4}",
)


def test_an_estimator_of_a_package_prices_what_names_it(acme: Path, call: Call) -> None:
    """A figure follows it as well; what it says of itself is shown."""
    changes = [word for change in PRICED for word in ("--set", change)]
    status, out, complaints = call("simulate", CHIP, NET, *changes)
    assert (status, complaints) == (0, "")
    assert "estimated     dram read 1.6, write 64: rram, within a factor of 1.2\n" in out
    shown = call("show", CHIP, "--origin", *changes)[1]
    assert "#   law      rram: 0.05 pJ a bit, times half of the levels of a cell\n" in shown
    assert "#   source   acme, test chip of 2026\n" in shown
    told = call("check", CHIP)[2]
    assert told == ""


def test_a_broken_estimator_is_told_where_it_is_named(tmp_path: Path, call: Call) -> None:
    """One that is not there, and an object that is none."""
    points = "[hwsim.estimators]\ngone = acme.no:GONE\nnone = acme.nothing:NOTHING\n"
    installed(tmp_path / "site", "acme", points, {"nothing": "NOTHING = 5\n"})
    for name, reason in (
        ("gone", "cannot be loaded: ModuleNotFoundError: No module named 'acme.no'"),
        ("none", "is no estimator: it has no name, unit, takes, cancels, estimate"),
    ):
        changes = ("--set", f"components.dram.energy={{estimate: {name}}}")
        status, out, complaints = call("simulate", CHIP, NET, *changes)
        assert (status, out, complaints.count("\n")) == (1, "", 1)
        assert f"components.dram.energy.estimate: {name}, which the package acme" in complaints
        assert complaints.endswith(f"{reason}\n")
