"""A run writes where it may: over nothing that no run made, and alone."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prune import prune
from prune.goals import Goal
from prune.models import build
from prune.recipe.demo import NotTrained, demonstration
from prune.recipe.task import LOG, RESULTS
from prune.run.folder import InUse, NoFolder, occupied
from prune.run.journal import NAMES, STEPS_FOLDER, Damaged, NotOurs, journal_in
from prune.run.key import run_key
from prune.weights import save
from tests.command.call import ROOT, hwsim
from tests.prune.small import RECIPE, TRAIN, VALIDATION, bench, trained

KEY = dict.fromkeys(NAMES, "a")
GOAL = Goal(measure="energy", limit=0.7)
#: One round, as short as it can be.
SHORT = f"{RECIPE}finetune: {{steps: 1}}\nrounds: {{most: 1}}\n"
#: Takes a folder, says so, and stays until it is killed.
HOLDER = """\
import sys, time
from pathlib import Path
from prune.run.folder import occupied
with occupied(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a recipe and the weights that it names."""
    save(build("digits"), tmp_path / "dense.safetensors")
    (tmp_path / "recipe.yaml").write_text(SHORT, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """All files below, by their paths."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def another_run(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that is at work in the folder."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mine\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def test_a_run_names_itself_by_what_tells_it_from_others() -> None:
    assert run_key(bench().given, GOAL).keys() == set(NAMES)


@pytest.mark.parametrize(
    "name", [*RESULTS, f"{STEPS_FOLDER}/photo.jpg", f"{STEPS_FOLDER}/run.json"]
)
@pytest.mark.parametrize("options", [(), ("--restart",)])
def test_what_no_run_made_is_not_lost(folder: Path, name: str, options: tuple[str, ...]) -> None:
    """Each file that a run writes or removes, and what else may be in a folder of that name."""
    mine = folder / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text('{"lr": "0.1"}', "utf-8")
    before = contents(folder)
    refused = hwsim("prune", "recipe.yaml", "--output", "out", *options, status=1)
    lost = folder / "out" / name.split("/")[0]
    assert refused.stderr == (
        f"{lost}: was not made by a run of the pruner: choose another folder for the output, or"
        " --force to lose what is there\n"
    )
    assert contents(folder) == before


@pytest.mark.parametrize("left", ["", '{"goal": "at mo', "\x00\x00"])
def test_what_says_of_which_run_the_steps_are_is_damaged_or_there(folder: Path, left: str) -> None:
    """A damaged one is told as such, not as made by another program; by force all begins anew."""
    mine = folder / "out" / STEPS_FOLDER / "run.json"
    mine.parent.mkdir(parents=True)
    mine.write_text(left, "utf-8")
    for options in ((), ("--restart",)):
        refused = hwsim("prune", "recipe.yaml", "--output", "out", *options, status=1)
        assert refused.stderr == (
            f"{mine}: is not whole, so nothing says of which run the steps"
            " beside it are: choose another folder for the output, or --force to begin anew in this"
            " one\n"
        )
    with pytest.raises(Damaged):
        journal_in(mine.parent, dict.fromkeys(NAMES, "a"))
    journal_in(mine.parent, dict.fromkeys(NAMES, "a"), force=True)


@pytest.mark.parametrize("option", ["--output", "--weights", "--data", "--model", "--arch"])
def test_nothing_is_no_path(folder: Path, option: str) -> None:
    """An option that a script left empty is not the working folder."""
    refused = hwsim("prune", "recipe.yaml", option, "", status=1)
    assert re.fullmatch(r"command line:1:1: [\w.]+: must not be empty\n", refused.stderr)
    assert not (folder / STEPS_FOLDER).exists()


def test_a_dry_run_of_the_demonstration_trains_nothing(folder: Path) -> None:
    """It says what would; once the network is there, it plans for it, and writes nothing."""
    before = contents(folder)
    refused = hwsim("prune", "--demo", "--dry-run", "--output", "out", status=1)
    assert "out/dense.safetensors: there is no trained network to plan for" in refused.stderr
    assert contents(folder) == before
    (folder / "out").mkdir()
    save(build("digits"), folder / "out" / "dense.safetensors")
    before = contents(folder)
    planned = hwsim("prune", "--demo", "--dry-run", "--output", "out")
    assert "nothing has been pruned" in planned.stdout
    assert contents(folder) == before


@pytest.mark.parametrize("name", [LOG, f"{STEPS_FOLDER}/photo.jpg"])
def test_a_demonstration_begins_in_no_folder_that_another_made(folder: Path, name: str) -> None:
    """It is refused before its network is trained, and leaves nothing there."""
    mine = folder / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", "utf-8")
    before = contents(folder)
    refused = hwsim("prune", "--demo", "--output", "out", status=1)
    lost = folder / "out" / name.split("/")[0]
    assert refused.stderr.startswith(f"{lost}: was not made by a run of the pruner")
    assert contents(folder) == before


def test_a_demonstration_begins_where_no_other_run_is_at_work(folder: Path) -> None:
    """Nor is anything trained there."""
    said = list[str]()
    with another_run(folder / "out"), pytest.raises(InUse):
        demonstration({"output": str(folder / "out")}, said.append)
    assert said == []


def test_by_force_it_is_lost_and_other_files_are_not(folder: Path) -> None:
    """And by no more than that: the next run of the same recipe goes on there."""
    out = folder / "out"
    (out / STEPS_FOLDER).mkdir(parents=True)
    for name in (f"{STEPS_FOLDER}/photo.jpg", LOG, "weights.safetensors", "notes.txt"):
        (out / name).write_text("mine", "utf-8")
    hwsim("prune", "recipe.yaml", "--output", "out", "--force")
    assert b"mine" not in {content for name, content in contents(out).items() if name[0] != "n"}
    assert not (out / STEPS_FOLDER / "photo.jpg").exists()
    assert (out / "notes.txt").read_text("utf-8") == "mine"
    hwsim("prune", "recipe.yaml", "--output", "out")


def test_equal_runs_give_equal_bytes_but_for_times(folder: Path) -> None:
    """Weights, masks, reports, the picture and steps; only what tells seconds differs."""
    for name in ("one", "other"):
        hwsim("prune", "recipe.yaml", "--output", name)
    one, other = contents(folder / "one"), contents(folder / "other")
    assert one.keys() == other.keys()
    differ = {name for name in one if one[name] != other[name]}
    assert not differ - {name for name in one if b"seconds" in one[name]}
    assert {"weights.safetensors", "masks.safetensors", "energy.png", "report.json"} <= one.keys()
    assert not differ & set(RESULTS) - {LOG}


def test_steps_that_no_run_made_are_not_lost_in_python(tmp_path: Path) -> None:
    """A call that names their folder is refused as a command is."""
    mine = tmp_path / STEPS_FOLDER / "photo.jpg"
    mine.parent.mkdir()
    mine.write_text("mine", "utf-8")
    with pytest.raises(NotOurs):
        prune(trained(), "cvpr17", GOAL, train=TRAIN, validation=VALIDATION, folder=str(tmp_path))
    assert mine.read_text("utf-8") == "mine"


def test_steps_behind_a_link_begin_anew_in_their_place(tmp_path: Path) -> None:
    """Who puts them on another disk finds the link as it was."""
    (tmp_path / "disk").mkdir()
    (tmp_path / STEPS_FOLDER).symlink_to("disk")
    journal_in(tmp_path / STEPS_FOLDER, KEY)
    (tmp_path / "disk" / "old.safetensors").touch()
    journal_in(tmp_path / STEPS_FOLDER, {**KEY, "goal": "b"}, restart=True)
    assert (tmp_path / STEPS_FOLDER).is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["run.json"]


def test_a_second_run_is_refused_while_the_first_is_alive(folder: Path) -> None:
    """And goes on as soon as that has ended, even by kill -9, whatever it left."""
    out = folder / "out"
    with another_run(out) as first:
        refused = hwsim("prune", "recipe.yaml", "--output", "out", status=1)
        assert refused.stderr == (
            f"{out}: another run is at work in this folder: wait for its end, or choose another for"
            " the output\n"
        )
        with pytest.raises(InUse), occupied(out):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
        with occupied(out):
            pass


def test_a_file_is_no_folder(folder: Path) -> None:
    (folder / "out").write_text("mine", "utf-8")
    with (
        pytest.raises(NoFolder, match="is a file, and the output is a folder"),
        occupied(folder / "out"),
    ):
        pass
    refused = hwsim("prune", "--demo", "--output", "out", status=1)
    assert refused.stderr.startswith(f"{folder / 'out'}: is a file, and the output is a folder")


def test_a_refused_recipe_leaves_no_folder(folder: Path) -> None:
    hwsim("prune", "recipe.yaml", "--weights", "nowhere.npz", "--output", "out", status=1)
    assert not (folder / "out").exists()


@pytest.mark.parametrize("content", [b"", b"cut short", None])
def test_a_demonstration_says_what_to_do_with_weights_that_are_not_its_own(
    folder: Path, content: bytes | None
) -> None:
    """A file that was cut short, and one of another network."""
    dense = folder / "demo" / "dense.safetensors"
    dense.parent.mkdir()
    if content is None:
        save(build("resnet20"), dense)
    else:
        dense.write_bytes(content)
    said = list[str]()
    with pytest.raises(NotTrained, match="remove it, and the demonstration trains its network"):
        demonstration({"output": str(dense.parent)}, said.append)
    assert said == []


def test_a_working_folder_that_is_gone_is_said(folder: Path) -> None:
    """Before torch, which cannot be loaded from nowhere."""
    gone = folder / "gone"
    gone.mkdir()
    script = (
        f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r});"
        " from hwsim.command import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "prune", "--demo"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert ended.returncode == 1
    assert ended.stderr == "the working folder is gone: change to one that is there\n"
