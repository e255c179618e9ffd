"""Files that are damaged, hostile or huge are refused in words, and take no memory before."""

import io
import json
import os
import random
import re
import resource
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from prune.data import NoImages, open_images
from prune.data.preprocessing import Preprocessing
from prune.errors import Error
from prune.files import memory_bytes
from prune.report.log import Log
from prune.run.journal import NAMES, Kept, journal_in
from prune.training.checkpoint import Checkpoint, OtherRun, read_checkpoint, write_checkpoint
from prune.training.masks import load_masks, save_masks
from prune.weights import NotReadable, load, read

#: Files that each way of damage makes of every kind.
EACH = 150
PLAIN = Preprocessing(
    channels="RGB", resize=8, crop=4, scale=1, mean=(0, 0, 0), deviation=(1, 1, 1)
)
KEY = dict.fromkeys(NAMES, "a")


class Pair(nn.Module):
    """Two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)


def state() -> dict[str, Tensor]:
    """The tensors of a pair."""
    torch.manual_seed(0)
    return Pair().state_dict()


def arrays() -> dict[str, np.ndarray]:
    """The same as arrays."""
    return {key: tensor.numpy() for key, tensor in state().items()}


def archive(folder: Path) -> Path:
    np.savez(folder / "a.npz", allow_pickle=False, **arrays())
    return folder / "a.npz"


def packed_archive(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", allow_pickle=False, **arrays())
    return folder / "a.npz"


def quantized(folder: Path) -> Path:
    found: dict[str, Any] = arrays()
    del found["first.weight"], found["second.weight"]
    found["first.weight_q78"] = np.arange(12, dtype=np.int16).reshape(4, 3)
    found["second.codebook"] = np.array([0, 0.5, -2], np.float32)
    found["second.packed4"] = np.array([0x10, 0x02, 0x11, 0x20], np.uint8)
    found["second.shape"] = np.array([2, 4])
    np.savez(folder / "a.npz", **found)
    return folder / "a.npz"


def checkpoint_of_torch(folder: Path) -> Path:
    torch.save({"model": state(), "epoch": 3}, folder / "a.pt")
    return folder / "a.pt"


def checkpoint_of_old(folder: Path) -> Path:
    torch.save(state(), folder / "a.pt", _use_new_zipfile_serialization=False)
    return folder / "a.pt"


def safetensors(folder: Path) -> Path:
    save_file(state(), folder / "a.safetensors")
    return folder / "a.safetensors"


def masks(folder: Path) -> Path:
    save_masks({"first.weight": torch.ones(4, 3) > 0, "b": torch.ones(3) > 2}, folder / "masks")
    return folder / "masks"


def pictures() -> list[bytes]:
    """One of each kind that is read."""
    noise = np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    found = []
    for kind in ("png", "jpeg", "webp"):
        file = io.BytesIO()
        Image.fromarray(noise).save(file, kind)
        found.append(file.getvalue())
    return found


def picture(folder: Path) -> Path:
    (folder / "images" / "a").mkdir(parents=True)
    (folder / "images" / "a" / "0.png").write_bytes(pictures()[0])
    return folder / "images" / "a" / "0.png"


def photo(folder: Path) -> Path:
    (folder / "images" / "a").mkdir(parents=True)
    (folder / "images" / "a" / "0.jpg").write_bytes(pictures()[1])
    return folder / "images" / "a" / "0.jpg"


def pack(folder: Path) -> Path:
    joined, each = b"".join(pictures()), [len(one) for one in pictures()]
    offset = np.cumsum([0, *each])
    np.savez(folder / "p.npz", jpeg=np.frombuffer(joined, np.uint8), offset=offset, label=[0, 1, 2])
    return folder / "p.npz"


def mosaic(folder: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "train.webp", lossless=True)
    np.savez(folder / "labels.npz", train=np.arange(4))
    return folder / "train.webp"


def log(folder: Path) -> Path:
    text = "".join(json.dumps({"step": str(i), "loss": 0.5}) + "\n" for i in range(5))
    (folder / "log.jsonl").write_text(text, "utf-8")
    return folder / "log.jsonl"


def kept(folder: Path) -> Path:
    once(folder / "steps" / "a.safetensors")
    return folder / "steps" / "a.safetensors"


def of_run(folder: Path) -> Path:
    once(folder / "steps" / "a.safetensors")
    return folder / "steps" / "run.json"


def once(file: Path) -> None:
    """The step a of a run, which gives what it gave, whatever was in its place."""
    step = Kept(tensors={"w": torch.arange(3.0)}, facts={"loss": 0.1})
    found = journal_in(file.parent, KEY).once("a", lambda: step)
    assert torch.equal(found.tensors["w"], step.tensors["w"])
    assert found.facts == step.facts


def tuning(folder: Path) -> Path:
    optimizer = torch.optim.Adam(Pair().parameters())
    here = Checkpoint(run="r", losses=[1.0], model=state(), optimizer=optimizer.state_dict())
    write_checkpoint(folder / "finetune.pt", here)
    return folder / "finetune.pt"


def seen(path: Path) -> None:
    """All images at a path."""
    found = open_images(path, PLAIN)
    assert all(image.shape == (3, 4, 4) for image, _ in (found[i] for i in range(len(found))))


#: How a file is made, and how it is read.
KINDS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], object]]] = {
    "npz": (archive, lambda path: load(Pair(), path)),
    "packed npz": (packed_archive, lambda path: load(Pair(), path)),
    "quantized npz": (quantized, lambda path: load(Pair(), path)),
    "pt": (checkpoint_of_torch, lambda path: load(Pair(), path)),
    "old pt": (checkpoint_of_old, lambda path: load(Pair(), path)),
    "safetensors": (safetensors, lambda path: load(Pair(), path)),
    "masks": (masks, load_masks),
    "png": (picture, lambda path: seen(path.parent.parent)),
    "jpeg": (photo, lambda path: seen(path.parent.parent)),
    "pack": (pack, seen),
    "mosaic": (mosaic, lambda path: seen(path.with_suffix(""))),
    "log": (log, Log),
    "step": (kept, once),
    "run": (of_run, once),
    "fine-tuning": (tuning, lambda path: read_checkpoint(path, "r")),
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content cut, or with some of its bytes flipped, changed, taken out or put in."""
    if chance.random() < 0.2:
        return content[: chance.randrange(len(content))]
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(chance.choice((len(found), min(len(found), 200))))
        match chance.randrange(4):
            case 0:
                found[at] ^= 1 << chance.randrange(8)
            case 1:
                found[at] = chance.choice(b"0123456789-{}[]\0\xff")
            case 2:
                del found[at : at + chance.randrange(1, 9)]
            case 3:
                found[at:at] = chance.randbytes(chance.randrange(1, 9))
    return bytes(found)


@contextmanager
def memory_of_at_most(more_bytes: int) -> Iterator[None]:
    """No more memory than there is now, and so much."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    """By an `Error`, which is a line of the command; by nothing else."""
    make, reading = KINDS[kind]
    path, chance = make(tmp_path), random.Random(kind)
    whole, refused = path.read_bytes(), 0
    for _ in range(EACH):
        path.write_bytes(damaged(whole, chance))
        try:
            reading(path)
        except Error:
            refused += 1
    assert refused > EACH // 4 or kind == "step"
    path.write_bytes(whole)
    reading(path)


def claims(folder: Path) -> Path:
    """An archive whose array is said to be of 36 TiB."""
    header = io.BytesIO()
    kind = {"descr": "<f4", "fortran_order": False, "shape": (10**13,)}
    np.lib.format.write_array_header_1_0(header, kind)
    with ZipFile(folder / "a.npz", "w") as file:
        file.writestr("first.weight.npy", header.getvalue())
    return folder / "a.npz"


def holding(name: str, value: Any) -> Callable[[Path], Path]:
    """An archive with an array of something else than numbers."""

    def made(folder: Path) -> Path:
        np.savez(folder / "a.npz", allow_pickle=True, **{name: value})
        return folder / "a.npz"

    return made


def saved(value: object) -> Callable[[Path], Path]:
    """What torch.save makes of anything."""

    def made(folder: Path) -> Path:
        torch.save(value, folder / "a.pt")
        return folder / "a.pt"

    return made


def text(folder: Path) -> Path:
    (folder / "a.pt").write_text("hello", "utf-8")
    return folder / "a.pt"


def itself() -> dict[str, Any]:
    """A dictionary that holds itself where weights may be."""
    found: dict[str, Any] = {}
    found["model"] = found
    return found


def inflated(name: str) -> Callable[[Path], Path]:
    """An archive of few bytes that says that it unpacks to more than all memory."""

    def made(folder: Path) -> Path:
        with ZipFile(folder / name, "w", ZIP_DEFLATED) as file:
            file.writestr("a/data.npy", b"")
            file.infolist()[0].file_size = int(2 * memory_bytes())
        return folder / name

    return made


def sparse(folder: Path) -> Path:
    """A file longer than all memory, that takes no room on the disk."""
    with (folder / "a.safetensors").open("wb") as file:
        file.truncate(int(2 * memory_bytes()))
    return folder / "a.safetensors"


def pipe(folder: Path) -> Path:
    """What nobody ever writes to."""
    os.mkfifo(folder / "a.npz")
    return folder / "a.npz"


NUMBERS = "plain tensors of numbers are expected"


UNREADABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "36 TiB": (claims, "is not a whole .npz file of plain arrays"),
    "text": (holding("a.weight", ["cat"]), f"a.weight: is of <U3; {NUMBERS}"),
    "dates": (holding("a.weight", np.array(["2026-01-01"], "M8[D]")), f"datetime64[D]; {NUMBERS}"),
    "records": (
        holding("a.weight", np.zeros(2, [("x", "f4")])),
        f"is of [('x', '<f4')]; {NUMBERS}",
    ),
    "objects": (holding("a.weight", np.array([None])), "is not a whole .npz file of plain arrays"),
    "fixed point of text": (holding("a_q78", np.array(["cat"])), "fixed point is of integers"),
    "an archive that unfolds": (inflated("a.npz"), "more than the memory of this machine"),
    "a pipe": (pipe, "is no plain file"),
    "a letter": (text, "is not a whole file of torch.save"),
    "itself": (saved(itself()), "holds no dictionary of weights"),
    "meta": (saved({"a": torch.empty(2, device="meta")}), f"a shape without numbers; {NUMBERS}"),
    "sparse": (saved({"a": torch.eye(2).to_sparse()}), f"a: is sparse_coo; {NUMBERS}"),
    "a checkpoint that unfolds": (inflated("a.pt"), "more than the memory of this machine"),
    "a disk": (sparse, "more than the memory of this machine"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_holds_no_weights_is_refused_in_words(kind: str, tmp_path: Path) -> None:
    """And takes no memory to speak of."""
    make, reason = UNREADABLE[kind]
    path = make(tmp_path)
    with memory_of_at_most(1 << 30), pytest.raises(NotReadable, match=re.escape(reason)):
        read(path)


def test_numbers_in_the_other_order_of_bytes_are_numbers(tmp_path: Path) -> None:
    other = {key: one.astype(">f4") for key, one in arrays().items()}
    np.savez(tmp_path / "a.npz", allow_pickle=False, **other)
    assert all(
        torch.equal(one, state()[key]) for key, one in read(tmp_path / "a.npz").tensors.items()
    )


def test_weights_of_eight_bits_are_looked_at_as_those_of_32(tmp_path: Path) -> None:
    tensors = {key: one.to(torch.float8_e4m3fn) for key, one in state().items()}
    save_file(tensors, tmp_path / "a.safetensors")
    model = Pair()
    load(model, tmp_path / "a.safetensors")
    assert torch.equal(model.first.weight, tensors["first.weight"].float())


def bomb(folder: Path) -> None:
    """A picture that says that it has 900 million pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)), (b"IEND", b"")]
    with (folder / "0.png").open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, content in chunks:
            check = struct.pack(">I", zlib.crc32(name + content))
            file.write(struct.pack(">I", len(content)) + name + content + check)


def ribbon(folder: Path) -> None:
    """A picture a pixel high, which is resized to be as high as others."""
    Image.new("L", (23_000_000, 1)).save(folder / "0.png")


def nothing_there(folder: Path) -> None:
    os.mkfifo(folder / "0.png")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, r"0\.png: is no picture that is decoded: .*900000000 pixels"),
        (ribbon, "images: picture 0: 23000000 x 1 pixels, too oblong to be resized"),
        (nothing_there, r"0\.png: is no plain file"),
    ],
    ids=["a bomb", "a ribbon", "a pipe"],
)
def test_what_is_no_picture_is_refused_in_words(
    make: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    """A decompression bomb, one that unfolds later, and a pipe among pictures."""
    (tmp_path / "images" / "a").mkdir(parents=True)
    make(tmp_path / "images" / "a")
    with memory_of_at_most(1 << 30), pytest.raises(NoImages, match=reason):
        seen(tmp_path / "images")


NO_PACKS: dict[str, dict[str, object]] = {
    "fractions": {"offset": [0.0, 1.0]},
    "a table": {"offset": [[0, 1]]},
    "back and forth": {"offset": [0, -1, 5, 6]},
    "a number": {"offset": 3},
    "names": {"label": ["a", "b", "c"]},
    "less than none": {"label": [-1, 0, 1]},
    "a table of bytes": {"jpeg": np.zeros((2, 2), np.uint8)},
    "text": {"jpeg": "text"},
}


@pytest.mark.parametrize("kind", NO_PACKS)
def test_what_is_no_pack_is_refused(kind: str, tmp_path: Path) -> None:
    """Rows of other numbers, or of other extents, than pictures and labels have."""
    with np.load(pack(tmp_path)) as whole:
        parts = {**whole, **NO_PACKS[kind]}
    np.savez(tmp_path / "p.npz", **parts)
    with pytest.raises(NoImages):
        seen(tmp_path / "p.npz")


def test_fewer_tiles_than_labels_are_refused(tmp_path: Path) -> None:
    mosaic(tmp_path)
    np.savez(tmp_path / "labels.npz", train=np.arange(5))
    with pytest.raises(NoImages, match="has 4 pictures for 5 labels"):
        seen(tmp_path / "train")


def test_a_step_of_another_run_or_another_step_is_done_again(tmp_path: Path) -> None:
    """Whoever copied it there: it is whole, and not what this run kept."""
    theirs = {**KEY, "goal": "b"}
    journal_in(tmp_path / "theirs", theirs).once("a", lambda: Kept(facts={"whose": "theirs"}))
    ours = journal_in(tmp_path / "ours", KEY)
    for name in ("a", "b"):
        (tmp_path / "ours" / f"{name}.safetensors").write_bytes(
            (tmp_path / "theirs" / "a.safetensors").read_bytes()
        )
        assert ours.once(name, lambda: Kept(facts={"whose": "ours"})).facts == {"whose": "ours"}
    again = Kept(facts={"whose": "another step's"})
    (tmp_path / "ours" / "c.safetensors").write_bytes(
        (tmp_path / "ours" / "a.safetensors").read_bytes()
    )
    assert ours.once("c", lambda: again).facts == again.facts


def test_fine_tuning_that_was_changed_on_disk_does_not_go_on(tmp_path: Path) -> None:
    """Not by a single bit of a weight."""
    path = tuning(tmp_path)
    content = bytearray(path.read_bytes())
    at = content.find(state()["first.weight"].numpy().tobytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(OtherRun, match="remove it, or name another file"):
        read_checkpoint(path, "r")
