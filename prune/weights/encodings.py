"""From the arrays of an `.npz` file, some of them quantised, to weights.

Besides plain arrays, two published ways to store a weight `W` in fewer bits are understood:

* fixed point, `W_q78`: int16, in units of 1/256 (Q7.8);
* a codebook of at most 16 values (Han, Mao, Dally, "Deep Compression", ICLR 2016): `W.codebook`
  holds them, `W.packed4` an index in every 4 bits, the low ones first, and `W.shape` the shape of
  `W.weight`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

UNITS: Final = 256
INDICES: Final = ".packed4"
SHAPE: Final = ".shape"


def decoded(arrays: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The arrays, what is quantised as float32 under its own name.

    Raises `KeyError` where a part of a codebook's weight is missing and `ValueError` where its
    parts do not fit together.
    """
    result: dict[str, Numbers] = {}
    for name, array in arrays.items():
        if encoding := next((one for one in ENCODINGS if name.endswith(one.mark)), None):
            stem = name.removesuffix(encoding.mark)
            result[stem + encoding.ending] = encoding.decode(stem, array, arrays)
        elif not name.endswith(PARTS):
            result[name] = array
    return result


def _fixed_point(stem: str, array: Numbers, _arrays: Mapping[str, Numbers]) -> Numbers:
    if array.dtype.kind != "i":
        what = f"is of {array.dtype}, and fixed point is of integers"
        raise ValueError(f"{stem}{FIXED_POINT.mark}: {what}")
    return array.astype(np.float32) / UNITS


def _codebook(stem: str, array: Numbers, arrays: Mapping[str, Numbers]) -> Numbers:
    shape = arrays[stem + SHAPE]
    return _looked_up(stem, array, arrays[stem + INDICES], shape)


def _looked_up(stem: str, codebook: Numbers, packed: Numbers, shape: Numbers) -> Numbers:
    """The values; raises `ValueError` where the parts do not fit together."""
    try:
        return looked_up(codebook, packed, tuple(shape))
    except (TypeError, ValueError, IndexError):
        what = f"{stem}: its codebook, packed indices and shape do not fit together"
        raise ValueError(what) from None


def looked_up(codebook: Numbers, packed: Numbers, shape: tuple[int, ...]) -> Numbers:
    """The float32 values of this shape whose indices into the codebook are packed in 4 bits each.

    >>> looked_up(np.array([0.0, 0.5]), np.array([0b0001_0000], np.uint8), (2, 1)).tolist()
    [[0.0], [0.5]]
    """
    indices = np.stack([packed & 15, packed >> 4], axis=1)
    values: Numbers = codebook.astype(np.float32)[indices.reshape(-1)]
    return values.reshape(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A way to store a weight: its `mark` ends the name of the array that tells of it, and `parts`
    those of others; the weight's own name ends in `ending`.
    """

    mark: str
    ending: str = ""
    parts: tuple[str, ...] = ()
    decode: Callable[[str, Numbers, Mapping[str, Numbers]], Numbers]


FIXED_POINT: Final = Encoding(mark="_q78", decode=_fixed_point)
CODEBOOK: Final = Encoding(
    mark=".codebook", ending=".weight", parts=(INDICES, SHAPE), decode=_codebook
)
#: All ways that are understood, and the endings of their parts.
ENCODINGS: Final = (FIXED_POINT, CODEBOOK)
PARTS: Final = tuple(part for encoding in ENCODINGS for part in encoding.parts)
