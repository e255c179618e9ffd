"""Labelled pictures as they are stored: a folder a class, packs of JPEGs, arrays, mosaics."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prune.errors import FileError
from prune.files import arrays, check_readable

#: Of files of pictures, in lower case.
SUFFIXES: Final = (".jpg", ".jpeg", ".png")
ENDINGS: Final = f"their names end in {', '.join(SUFFIXES)}"
#: Side of a mosaic's tiles.
TILE: Final = 32


class NoImages(FileError):
    """There are no pictures that can be read at `path`, because of `reason`."""


class Pictures(Protocol):
    """Pictures by their number, from 0, and the class of each."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def labels(self) -> Sequence[int]:
        """The class of every picture."""

    def image(self, index: int) -> Image.Image:
        """The picture of that number; raises `NoImages` where it cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files of pictures, and their classes, whose names are `classes`."""

    name: str
    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]

    def image(self, index: int) -> Image.Image:
        """The picture of that number."""
        try:
            check_readable(self.paths[index])
            content = self.paths[index].read_bytes()
        except OSError as error:
            raise NoImages(self.paths[index], error.strerror or str(error)) from None
        return _decoded(content, self.paths[index])


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Pictures joined into one array of bytes; that of number i is `offset[i]` to `offset[i+1]`."""

    path: Path
    joined: NDArray[np.uint8]
    offset: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def image(self, index: int) -> Image.Image:
        """The picture of that number."""
        content = self.joined[self.offset[index] : self.offset[index + 1]]
        return _decoded(content.tobytes(), self.path)


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """Pictures as an array: (number, height, width) or, in colour, (number, height, width, 3)."""

    name: str
    values: NDArray[np.uint8]
    labels: tuple[int, ...]

    def image(self, index: int) -> Image.Image:
        """The picture of that number."""
        return Image.fromarray(self.values[index])


@dataclass(frozen=True, kw_only=True)
class Mosaics:
    """Pictures of 32 x 32 pixels as the tiles of larger ones, row by row; decoded when needed."""

    name: str
    paths: tuple[Path, ...]
    labels: tuple[int, ...]

    def image(self, index: int) -> Image.Image:
        """The picture of that number."""
        return Image.fromarray(self._tiles[index])

    @cached_property
    def _tiles(self) -> NDArray[np.uint8]:
        tiles = np.concatenate([_tiles(path) for path in self.paths])
        if len(tiles) < len(self.labels):
            what = f"has {len(tiles)} pictures for {len(self.labels)} labels"
            raise NoImages(self.paths[0].parent, what)
        return tiles


def class_folders(folder: Path) -> Files:
    """The pictures of a folder with a folder for every class, which may be empty; the classes are
    numbered in the order of their names.

    Raises:
        NoImages: there is no such folder, none in it, or one of them has files, but no picture.
    """
    if not folder.is_dir():
        raise NoImages(folder, "no such folder")
    try:
        classes = sorted(path for path in folder.iterdir() if path.is_dir())
        pictures = [_pictures(path) for path in classes]
    except OSError as error:
        raise NoImages(folder, error.strerror or str(error)) from None
    if not classes:
        raise NoImages(folder, "has no folders; every class needs one of its own")
    if not any(pictures):
        raise NoImages(folder, f"has no pictures; {ENDINGS}")
    return Files(
        name=folder.name,
        paths=tuple(path for of_class in pictures for path in of_class),
        labels=tuple(label for label, paths in enumerate(pictures) for _ in paths),
        classes=tuple(path.name for path in classes),
    )


def pack(path: Path) -> Pack:
    """The pictures of an `.npz` file with `jpeg`, all pictures joined, `offset` and `label`.

    Raises `NoImages` where the file is not there, not whole, or of another kind.
    """
    found = _arrays(path)
    if missing := {"jpeg", "offset", "label"} - found.keys():
        raise NoImages(path, f"is no pack of pictures: it lacks {', '.join(sorted(missing))}")
    joined = found["jpeg"]
    offset, labels = (_integers(path, name, found[name]) for name in ("offset", "label"))
    bytes_ = joined.dtype == np.uint8 and joined.ndim == 1
    ends = offset[:1] == (0,) and offset[-1:] == (len(joined),) if bytes_ else False
    if not ends or len(offset) != len(labels) + 1 or list(offset) != sorted(offset):
        raise NoImages(path, "is no pack of pictures: jpeg, offset and label do not fit together")
    return Pack(path=path, joined=joined, offset=offset, labels=labels)


def mosaics(folder: Path, part: str) -> Mosaics:
    """The pictures of a part, say `test`: `test.webp`, or `test0.webp`, `test1.webp` and so on,
    and their classes, `test` in `labels.npz`; raises `NoImages`.
    """
    labels = _arrays(folder / "labels.npz")
    if part not in labels:
        raise NoImages(folder, f"has no '{part}', only {', '.join(labels)}")
    paths = sorted(folder.glob(f"{part}.webp")) or sorted(folder.glob(f"{part}[0-9].webp"))
    if not paths:
        raise NoImages(folder, f"has no mosaic of '{part}'")
    numbers = _integers(folder / "labels.npz", part, labels[part])
    return Mosaics(name=f"{folder.name}/{part}", paths=tuple(paths), labels=numbers)


def digits() -> Pixels:
    """The 1797 handwritten digits of 8 x 8 pixels that scikit-learn ships.

    Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998.
    """
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    values, labels = load_digits(return_X_y=True)
    brightest = 16
    pixels = (values.reshape(-1, 8, 8) * 255 / brightest).round().astype(np.uint8)
    return Pixels(name="digits", values=pixels, labels=tuple(labels.tolist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A way to store pictures: as a recipe says it, whether it suits a path, how it is read."""

    said: str
    suits: Callable[[Path], bool]
    read: Callable[[Path], Pictures]


def _is_part(path: Path) -> bool:
    return not path.exists() and (path.parent / "labels.npz").exists()


#: Pictures that are no files, by name.
NAMED: Final[Mapping[str, Callable[[], Pictures]]] = MappingProxyType({"digits": digits})
#: Ways to store pictures; the first that suits a path is that of it.
STORES: Final = (
    Store(said=".npz pack", suits=lambda path: path.suffix == ".npz", read=pack),
    Store(
        said="FOLDER/PART of mosaics",
        suits=_is_part,
        read=lambda path: mosaics(path.parent, path.name),
    ),
    Store(said="Folder of class folders", suits=lambda _: True, read=class_folders),
)


def is_there(path: Path) -> bool:
    """Whether something is at the path, or pictures have that name."""
    return str(path) in NAMED or path.exists() or _is_part(path)


def pictures_at(path: Path) -> Pictures:
    """The pictures at a path; raises `NoImages`."""
    return next(store for store in STORES if store.suits(path)).read(path)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return arrays(path)
    except FileNotFoundError:
        raise NoImages(path, "no such file") from None
    except OSError as error:
        raise NoImages(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise NoImages(path, str(error)) from None


def _pictures(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths and any(folder.iterdir()):
        raise NoImages(folder, f"has no pictures; {ENDINGS}")
    return paths


def _tiles(path: Path) -> NDArray[np.uint8]:
    try:
        check_readable(path)
        content = path.read_bytes()
    except OSError as error:
        raise NoImages(path, error.strerror or str(error)) from None
    pixels = np.asarray(_decoded(content, path).convert("RGB"))
    rows, columns = (side // TILE for side in pixels.shape[:2])
    if pixels.shape[:2] != (rows * TILE, columns * TILE):
        raise NoImages(path, f"is no mosaic of pictures of {TILE} x {TILE} pixels")
    tiles = pixels.reshape(rows, TILE, columns, TILE, 3).swapaxes(1, 2)
    return tiles.reshape(-1, TILE, TILE, 3)


def _decoded(content: bytes, path: Path) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except Image.DecompressionBombError as error:
        raise NoImages(path, f"is no picture that is decoded: {error}") from None
    except Exception:  # noqa: BLE001 - a damaged picture makes its decoder raise anything
        raise NoImages(path, "is not a whole picture") from None
    return image


def _integers(path: Path, name: str, array: NDArray[Any]) -> tuple[int, ...]:
    """The numbers of an array of a file; raises `NoImages` where they are no row of 0, 1 and so
    on.
    """
    if array.ndim != 1 or array.dtype.kind not in "iu" or bool((array < 0).any()):
        raise NoImages(path, f"'{name}' is no row of integers from 0")
    return tuple(array.tolist())
