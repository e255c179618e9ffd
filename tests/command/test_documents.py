"""`hwsim list`, `hwsim check` and `hwsim show`."""

import json
from pathlib import Path

import pytest

from hwsim import load_mapping
from hwsim.specification import KINDS, Kind, load, shipped
from tests.command.call import CHIP, FILES, NET, ROOT, hwsim

PLURALS: dict[str, Kind] = {
    "architectures": "architecture",
    "networks": "network",
    "mappings": "mapping",
    "densities": "density",
}


def test_list_names_all_that_is_shipped() -> None:
    """Everything that is shipped stands in the list, in text and in JSON, and nothing else."""
    listed = json.loads(hwsim("list", "--format", "json").stdout)
    assert {
        PLURALS[plural]: [entry["name"] for entry in entries] for plural, entries in listed.items()
    } == {kind: [*shipped(kind)] for kind in KINDS}
    text = hwsim("list").stdout
    for entries in listed.values():
        for entry in entries:
            assert f"  {entry['name']} " in text
            assert entry["title"] in text


def test_list_says_where_the_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON has each thing's path, text the folder at each heading, from here where it is below."""
    monkeypatch.chdir(ROOT)
    listed = json.loads(hwsim("list", "--format", "json").stdout)
    text = hwsim("list").stdout
    for plural, entries in listed.items():
        for entry in entries:
            assert Path(entry["file"]) == shipped(PLURALS[plural])[entry["name"]]
        assert f"{plural} in {Path(entries[0]['file']).parent.relative_to(ROOT)}\n" in text


def test_list_gives_the_sizes_of_alexnet() -> None:
    """Caffe's AlexNet, grouped, has 60,954,656 weights and 724,406,816 MACs in eight layers."""
    listed = json.loads(hwsim("list", "--format", "json").stdout)
    (alexnet,) = [entry for entry in listed["networks"] if entry["name"] == "alexnet"]
    assert (alexnet["layers"], alexnet["weights"], alexnet["macs"]) == (8, 60_954_656, 724_406_816)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shipped_is_right(kind: str) -> None:
    """Every shipped file passes `hwsim check`, which says what it is."""
    for name, path in shipped(kind).items():  # type: ignore[arg-type]
        assert hwsim("check", path).stdout.startswith(f"{path}: ok ({kind} {name}")


def test_check_says_all_that_is_wrong_with_all_files(tmp_path: Path) -> None:
    """Problems of every file go to stderr, good files to stdout, and the status is 1."""
    chip, net = tmp_path / "chip.yaml", tmp_path / "net.yaml"
    chip.write_text(Path(CHIP).read_text("utf-8").replace("word_bits", "wordbits"), "utf-8")
    net.write_text(Path(NET).read_text("utf-8").replace("kernel: 3", "kernel: 7"), "utf-8")
    result = hwsim("check", chip, NET, net, tmp_path / "none.yaml", status=1)
    assert result.stdout == f"{NET}: ok (network net)\n"
    assert {line.partition(":")[0] for line in result.stderr.splitlines()} == {
        str(chip),
        str(net),
        str(tmp_path / "none.yaml"),
    }


def test_check_tries_a_mapping_on_what_it_is_for(tmp_path: Path) -> None:
    """A mapping that is well formed but does not fit its architecture is bad input."""
    good = Path(shipped("mapping")["eyeriss_jssc_alexnet"]).read_text("utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.replace("array.rows: {", "array.row: {", 1), "utf-8")
    result = hwsim("check", bad, status=1)
    assert "did you mean array.rows?" in result.stderr


MAPPING = """schema: hwsim/mapping/v1
architecture: chip.yaml
network: net.yaml
layers:
  fc:
    dram: {C: 1}
    array.columns: {M: 2}
    spad: {M: 1}
"""


def in_a_folder(folder: Path, mapping: str) -> Path:
    """The mapping as a file beside the small chip and network."""
    for file in (CHIP, NET):
        (folder / Path(file).name).write_text(Path(file).read_text("utf-8"), "utf-8")
    path = folder / "anonymous.yaml"
    path.write_text(mapping, "utf-8")
    return path


def test_a_mapping_without_a_name_has_its_files(tmp_path: Path) -> None:
    """The name falls back to the file's, without its suffix, in `check` and in Python."""
    path = in_a_folder(tmp_path, MAPPING.replace("architecture: chip.yaml\n", ""))
    said = f"{path}: ok (mapping anonymous; not tried: it names no architecture)\n"
    assert hwsim("check", path).stdout == said
    assert load_mapping(path).name == "anonymous"


def test_check_tries_a_mapping_on_files_beside_it(tmp_path: Path) -> None:
    """What a mapping is for may be a path from the mapping's own folder."""
    path = in_a_folder(tmp_path, MAPPING)
    assert hwsim("check", path).stdout == f"{path}: ok (mapping anonymous, fits net on chip)\n"
    path.write_text(MAPPING.replace("{M: 2}", "{M: 1}"), "utf-8")
    assert "array.columns: needs 5 instances" in hwsim("check", path, status=1).stderr


def test_check_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    """A path that leads nowhere is a mistake; a name of something not shipped is information."""
    path = in_a_folder(tmp_path, MAPPING.replace("chip.yaml", "chop.yaml"))
    said = hwsim("check", path, status=1).stderr
    assert said == f"{path}:2:15: architecture: no such file: {tmp_path / 'chop.yaml'}\n"
    path.write_text(MAPPING.replace("chip.yaml", "chip"), "utf-8")
    said = f"{path}: ok (mapping anonymous; not tried: no architecture 'chip')\n"
    assert hwsim("check", path).stdout == said


@pytest.mark.parametrize(
    ("key", "typo", "why"),
    [
        ("architecture", "eyerisss", "no architecture 'eyerisss'; did you mean eyeriss?"),
        ("network", "mine", "no network 'mine'"),
    ],
)
def test_check_says_why_it_did_not_try_a_mapping(
    tmp_path: Path, key: str, typo: str, why: str
) -> None:
    """A mapping for what hwsim does not know is right as far as it goes, and no further."""
    good = load("mapping", "eyeriss_jssc_alexnet")
    text = Path(good.file).read_text("utf-8")
    given = tmp_path / "given.yaml"
    given.write_text(text.replace(f"{key}: {good.data[key]}\n", f"{key}: {typo}\n"), "utf-8")
    printed = hwsim("check", given).stdout
    assert printed == f"{given}: ok (mapping {good.name}; not tried: {why})\n"


def test_check_says_what_a_report_is(tmp_path: Path) -> None:
    """A report is no specification; its layers' mappings are."""
    saved = tmp_path / "report.json"
    hwsim("simulate", CHIP, NET, "--format", "json", "--output", saved)
    complaint = hwsim("check", saved, status=1).stderr
    assert "schema: is a report; `mapping` of one of its layers can be saved" in complaint


def test_show_is_what_was_said(tmp_path: Path) -> None:
    """What `show` prints loads to the same document."""
    for kind in KINDS:
        for name in shipped(kind):
            printed = tmp_path / f"{name}.yaml"
            printed.write_text(hwsim("show", name, "--kind", kind).stdout, encoding="utf-8")
            assert load(kind, printed) == load(kind, name)


def test_show_takes_a_file_and_changes() -> None:
    """`--set` acts before a document is shown."""
    assert "capacity_words: 64" in hwsim("show", CHIP).stdout
    changed = hwsim("show", CHIP, "--set", "components.spad.capacity_words=63").stdout
    assert "capacity_words: 63" in changed


def test_show_says_where_a_value_was_written() -> None:
    """`--origin` gives the file and the line of a value, or the option that set it."""
    lines = Path(CHIP).read_text("utf-8").splitlines()
    number = 1 + next(index for index, line in enumerate(lines) if "capacity_words" in line)
    shown = hwsim("show", CHIP, "--origin").stdout
    (line,) = [line for line in shown.splitlines() if "capacity_words" in line]
    assert line.endswith(f"chip.yaml:{number}")
    changed = hwsim("show", CHIP, "--origin", "--set", "components.spad.capacity_words=63").stdout
    (line,) = [line for line in changed.splitlines() if "capacity_words" in line]
    assert "--set" in line


def test_show_suggests_a_name() -> None:
    """A name that is nothing's is bad input, with what was probably meant."""
    assert "did you mean eyeriss?" in hwsim("show", "eyeris", status=1).stderr
    assert hwsim("show", FILES, status=1).stderr.endswith("is a folder, not a file\n")
