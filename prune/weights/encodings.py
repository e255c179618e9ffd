"""From the arrays of an `.npz` file, some of them quantised, to weights.

Besides plain arrays, two published ways to store a weight `W` in fewer bits are understood:

* fixed point, `W_q78`: int16, in units of 1/256 (Q7.8);
* a codebook of at most 16 values (Han, Mao, Dally, "Deep Compression", ICLR 2016): `W.codebook`
  holds them, `W.packed4` an index in every 4 bits, the low ones first, and `W.shape` the shape of
  `W.weight`.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FIXED_POINT: Final = "_q78"
UNITS: Final = 256
CODEBOOK: Final = ".codebook"
INDICES: Final = ".packed4"
SHAPE: Final = ".shape"


def decoded(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays, what is quantised as float32 under its own name.

    Raises `KeyError` where a part of a codebook's weight is missing and `ValueError` where its
    parts do not fit together.
    """
    result: dict[str, Array] = {}
    for name, array in arrays.items():
        if name.endswith(FIXED_POINT):
            if array.dtype.kind != "i":
                raise ValueError(f"{name}: is of {array.dtype}, and fixed point is of integers")
            result[name.removesuffix(FIXED_POINT)] = array.astype(np.float32) / UNITS
        elif name.endswith(CODEBOOK):
            stem = name.removesuffix(CODEBOOK)
            shape = arrays[stem + SHAPE]
            result[f"{stem}.weight"] = _looked_up(stem, array, arrays[stem + INDICES], shape)
        elif not name.endswith((INDICES, SHAPE)):
            result[name] = array
    return result


def _looked_up(stem: str, codebook: Array, packed: Array, shape: Array) -> Array:
    """The values; raises `ValueError` where the parts do not fit together."""
    try:
        return looked_up(codebook, packed, tuple(shape))
    except (TypeError, ValueError, IndexError):
        what = f"{stem}: its codebook, packed indices and shape do not fit together"
        raise ValueError(what) from None


def looked_up(codebook: Array, packed: Array, shape: tuple[int, ...]) -> Array:
    """The float32 values of this shape whose indices into the codebook are packed in 4 bits each.

    >>> looked_up(np.array([0.0, 0.5]), np.array([0b0001_0000], np.uint8), (2, 1)).tolist()
    [[0.0], [0.5]]
    """
    indices = np.stack([packed & 15, packed >> 4], axis=1)
    values: Array = codebook.astype(np.float32)[indices.reshape(-1)]
    return values.reshape(shape)
