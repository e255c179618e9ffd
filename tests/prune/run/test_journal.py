"""Steps are done once, whole or not at all, and only for the run that they belong to."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch

from prune.files import NotWritten
from prune.run.journal import NAMES, AnotherRun, Journal, Kept, journal_in

KEY = dict.fromkeys(NAMES, "a")


def counting(done: list[str], name: str) -> Kept:
    """A step that leaves its name when it is done."""
    done.append(name)
    return Kept(tensors={"w": torch.arange(3.0) / 7}, facts={"name": name, "loss": 0.1})


def names(folder: Path) -> list[str]:
    """What is in the folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_step_is_done_once(tmp_path: Path) -> None:
    """The second time it gives what was kept, bit for bit."""
    journal, done = journal_in(tmp_path / "state", KEY), list[str]()
    first = journal.once("round-1/conv1", lambda: counting(done, "conv1"))
    again = journal_in(tmp_path / "state", KEY).once(
        "round-1/conv1", lambda: counting(done, "conv1")
    )
    assert done == ["conv1"]
    assert torch.equal(first.tensors["w"], again.tensors["w"])
    assert first.facts == again.facts


def test_without_a_folder_nothing_is_kept() -> None:
    """A journal of no folder only does the work."""
    done = list[str]()
    for _ in range(2):
        Journal().once("conv1", lambda: counting(done, "conv1"))
    assert done == ["conv1", "conv1"]


def test_a_stage_that_is_done_replaces_its_steps(tmp_path: Path) -> None:
    """What the steps of a stage kept goes when the stage itself is kept."""
    journal, done = journal_in(tmp_path / "state", KEY), list[str]()

    def stage() -> Kept:
        for layer in ("conv1", "conv2"):
            journal.once(f"round-1/{layer}", partial(counting, done, layer))
        assert names(tmp_path / "state" / "round-1") == ["conv1.safetensors", "conv2.safetensors"]
        return Kept()

    for _ in range(2):
        journal.once("round-1", stage)
    assert done == ["conv1", "conv2"]
    assert names(tmp_path / "state") == ["round-1.safetensors", "run.json"]


def test_a_step_that_is_cut_off_is_done_again(tmp_path: Path) -> None:
    """A file that is not whole counts as missing."""
    journal, done = journal_in(tmp_path / "state", KEY), list[str]()
    journal.once("conv1", lambda: counting(done, "conv1"))
    file = tmp_path / "state" / "conv1.safetensors"
    file.write_bytes(file.read_bytes()[:-5])
    assert journal.once("conv1", lambda: counting(done, "conv1")).facts["name"] == "conv1"
    assert done == ["conv1", "conv1"]


def test_a_step_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither a file nor a part of one."""
    journal = journal_in(tmp_path / "state", KEY)
    with pytest.raises(ZeroDivisionError):
        journal.once("conv1", lambda: Kept(facts={"loss": 1 / 0}))
    assert names(tmp_path / "state") == ["run.json"]


def test_another_run_is_refused_by_what_differs(tmp_path: Path) -> None:
    """A folder that another recipe has begun is left alone, unless it is to be begun anew."""
    done = list[str]()
    for step in ("start", "conv1"):
        journal_in(tmp_path / "state", KEY).once(step, lambda: counting(done, "conv1"))
    with pytest.raises(AnotherRun, match="differs in goal: choose another folder"):
        journal_in(tmp_path / "state", {**KEY, "goal": "c"})
    journal_in(tmp_path / "state", {**KEY, "goal": "c"}, restart=True)
    assert names(tmp_path / "state") == ["run.json"]


def test_a_folder_with_no_more_than_a_first_step_is_taken_over(tmp_path: Path) -> None:
    """A goal that was refused, once the network was measured, is not in the way of another."""
    done = list[str]()
    journal_in(tmp_path / "state", KEY).once("start", lambda: counting(done, "start"))
    journal_in(tmp_path / "state", {**KEY, "goal": "c"})
    assert names(tmp_path / "state") == ["run.json"]


@contextmanager
def no_room_for(size_bytes: int) -> Iterator[None]:
    """A system on which no file may grow larger."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, heard)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """What was kept before is still there, and no half file beside it."""
    journal, done = journal_in(tmp_path / "state", KEY), list[str]()
    journal.once("conv1", lambda: counting(done, "conv1"))
    large = Kept(tensors={"w": torch.zeros(10_000)})
    with no_room_for(1000), pytest.raises(NotWritten, match="nothing that was there is lost"):
        journal.once("conv2", lambda: large)
    assert names(tmp_path / "state") == ["conv1.safetensors", "run.json"]
    assert len(journal.once("conv2", lambda: large).tensors["w"]) == 10_000


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    """A place that cannot be written to is named."""
    journal = journal_in(tmp_path / "state", KEY)
    (tmp_path / "state" / "round-1").write_text("")
    with pytest.raises(NotWritten, match=r"round-1/conv1\.safetensors: cannot be written"):
        journal.once("round-1/conv1", Kept)
