"""Data: labelled pictures of every source, preprocessed, in parts that share none."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset

from prune.data import (
    Images,
    NoImages,
    Pixels,
    TooFewImages,
    digits,
    images,
    of_classes,
    open_images,
    split,
)
from prune.data.preprocessing import Preprocessing, preprocessed

PLAIN = Preprocessing(
    channels="RGB", resize=None, crop=4, scale=1, mean=(0, 0, 0), deviation=(1, 1, 1)
)


def picture(
    *, width: int = 4, height: int = 4, colour: tuple[int, int, int] = (1, 2, 3)
) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGB", (width, height), colour)


def classes_in(folder: Path, **pictures: int) -> Path:
    """A folder with a folder for each class, and so many pictures of 4 x 4 in it."""
    for name, number in pictures.items():
        (folder / name).mkdir()
        for i in range(number):
            picture(colour=(i, i, i)).save(folder / name / f"{i}.{'PNG' if i else 'png'}")
    return folder


def packed(path: Path, labels: list[int]) -> Path:
    """A pack with a picture for each label, as bright as its number."""
    joined, offset = b"", [0]
    for i in range(len(labels)):
        file = io.BytesIO()
        picture(colour=(i, i, i)).save(file, "png")
        joined += file.getvalue()
        offset.append(len(joined))
    np.savez(path, jpeg=np.frombuffer(joined, np.uint8), offset=offset, label=labels)
    return path


def told(found: Images) -> list[tuple[float, int]]:
    """Of every picture, in order, how bright it is, and its class."""
    items = map(found.__getitem__, range(len(found)))
    return [(float(image[0, 0, 0]), label) for image, label in items]


def numbered(labels: list[int]) -> Pixels:
    """Pictures as bright as their number."""
    values = np.arange(len(labels), dtype=np.uint8)[:, None, None, None]
    return Pixels(name="numbered", values=values + np.zeros((4, 4, 3), np.uint8), labels=(*labels,))


def test_a_pixel_is_scaled_and_centred_in_the_models_order_of_channels() -> None:
    by = Preprocessing(
        channels="BGR", resize=None, crop=2, scale=10, mean=(0, 0.1, 0.2), deviation=(1, 2, 4)
    )
    tensor = preprocessed(picture(colour=(30, 20, 10)), by)
    assert tensor[:, 0, 0].tolist() == pytest.approx([1 - 0, (2 - 0.1) / 2, (3 - 0.2) / 4])


def test_the_short_side_is_resized_and_the_centre_is_cut_out() -> None:
    wide = picture(width=16, height=8)
    wide.paste((100, 100, 100), (4, 0, 12, 8))
    by = Preprocessing(
        channels="RGB", resize=4, crop=4, scale=1, mean=(0, 0, 0), deviation=(1, 1, 1)
    )
    tensor = preprocessed(wide, by)
    assert tensor.shape == by.shape == (3, 4, 4)
    assert torch.equal(tensor[:, 1:3, 1:3], torch.full((3, 2, 2), 100.0))


def test_folders_are_classes_in_the_order_of_their_names(tmp_path: Path) -> None:
    found = open_images(classes_in(tmp_path, cat=2, ant=1), PLAIN)
    assert found.labels == (0, 1, 1)
    assert told(found) == [(0, 0), (0, 1), (1, 1)]


def test_a_pack_holds_its_pictures_and_labels(tmp_path: Path) -> None:
    found = open_images(packed(tmp_path / "pack.npz", [7, 5]), PLAIN)
    assert told(found) == [(0, 7), (1, 5)]


def test_a_mosaic_is_read_row_by_row(tmp_path: Path) -> None:
    for part in range(2):
        mosaic = Image.new("RGB", (64, 64))
        for i in range(4):
            mosaic.paste((4 * part + i,) * 3, (32 * (i % 2), 32 * (i // 2), 64, 64))
        mosaic.save(tmp_path / f"train{part}.webp", lossless=True)
    np.savez(tmp_path / "labels.npz", train=np.arange(8))
    found = open_images(tmp_path / "train", PLAIN)
    assert told(found) == [(i, i) for i in range(8)]


def test_scikit_learns_digits_are_read_without_a_download() -> None:
    by = Preprocessing(channels="L", resize=None, crop=8, scale=255, mean=(0,), deviation=(1,))
    found = images(digits(), by)
    first, label = found[0]
    assert (len(found), label, first.shape) == (1797, 0, (1, 8, 8))
    assert (float(first.min()), float(first.max())) == pytest.approx((0, 15 / 16), abs=1 / 255)


def test_a_loader_of_several_processes_reads_the_same(tmp_path: Path) -> None:
    found = open_images(packed(tmp_path / "pack.npz", [7, 5, 6]), PLAIN)
    plain, parallel = (
        list(DataLoader(found, batch_size=2, num_workers=workers)) for workers in (0, 1)
    )
    for (some, labels), (others, other_labels) in zip(plain, parallel, strict=True):
        assert torch.equal(some, others)
        assert torch.equal(labels, other_labels)


def test_classes_are_chosen_and_numbered_anew() -> None:
    found = of_classes(images(numbered([3, 8, 5, 8]), PLAIN), [8, 3])
    assert told(found) == [(0, 1), (1, 0), (3, 0)]


def test_each_channel_has_a_mean_and_a_deviation() -> None:
    """Or what a model reads would have another shape than its images."""
    with pytest.raises(ValueError, match="1 means and 1 deviations for the channels RGB"):
        Preprocessing(channels="RGB", resize=None, crop=8, scale=1, mean=(0,), deviation=(1,))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 9), st.integers(0, 99))
def test_parts_have_no_image_in_common_and_the_rest_is_left(
    sizes: list[int], left: int, seed: int
) -> None:
    total = sum(sizes) + left
    wanted = {f"part {i}": size for i, size in enumerate(sizes)} | {"rest": None}
    parts = split(TensorDataset(torch.arange(total)), wanted, seed)
    assert [len(part) for part in parts.values()] == [*sizes, left]
    drawn = [int(part[index][0]) for part in parts.values() for index in range(len(part))]
    assert sorted(drawn) == list(range(total))


def test_parts_depend_on_the_seed_only() -> None:
    dataset = TensorDataset(torch.arange(100))
    first, again, other = (split(dataset, {"a": 50}, seed)["a"].indices for seed in (1, 1, 2))
    assert first == again != other


def test_a_part_says_what_it_is_of() -> None:
    parts = split(images(numbered([0] * 5), PLAIN), {"choice": 2}, seed=3)
    assert parts["choice"].name == "numbered: choice, 2 of 5 images, seed 3"


def test_more_images_than_there_are_cannot_be_parted() -> None:
    with pytest.raises(TooFewImages, match="the parts need 6 images, but there are 5"):
        split(images(numbered([0] * 5), PLAIN), {"a": 5, "b": None})


def test_sizes_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes are positive"):
        split(images(numbered([0] * 5), PLAIN), {"a": 0})


def test_what_holds_no_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    (tmp_path / "hollow" / "cat").mkdir(parents=True)
    (tmp_path / "cut.npz").write_bytes(b"PK\3\4")
    np.savez(tmp_path / "weights.npz", w=np.ones(2))
    reasons = {
        "nowhere": "no such folder",
        "nowhere.npz": "no such file",
        "flat": "has no folders; every class needs one of its own",
        "hollow": "has no pictures; their names end in .jpg, .jpeg, .png",
        "cut.npz": "is not a whole .npz file",
        "weights.npz": "it lacks jpeg, label, offset",
    }
    for name, reason in reasons.items():
        with pytest.raises(NoImages, match=reason):
            open_images(tmp_path / name, PLAIN)


def test_a_folder_without_pictures_keeps_the_number_of_its_class(tmp_path: Path) -> None:
    found = open_images(classes_in(tmp_path, ant=1, bee=0, cat=2), PLAIN)
    assert found.labels == (0, 2, 2)
    assert found.classes == ("ant", "bee", "cat")


def test_classes_that_are_chosen_keep_their_names(tmp_path: Path) -> None:
    found = open_images(classes_in(tmp_path, ant=1, bee=1, cat=2), PLAIN)
    assert of_classes(found, [2, 0]).classes == ("cat", "ant")
    with pytest.raises(NoImages, match="has no class 3: its folders are numbered from 0 to 2"):
        of_classes(found, [0, 3])


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    found = open_images(classes_in(tmp_path, cat=1), PLAIN)
    (tmp_path / "cat" / "0.png").write_bytes(b"no picture")
    with pytest.raises(NoImages, match=r"0\.png: is not a whole picture"):
        found[0]
