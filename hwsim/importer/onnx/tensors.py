"""A tensor that a file keeps: the bits of a value, and whether all of its values are there."""

import re
from math import prod
from pathlib import Path
from typing import Final

from onnx import TensorProto, helper

#: The bits of a value of types whose names do not say.
_WIDTHS: Final = {"FLOAT": 32, "DOUBLE": 64, "BOOL": 8}
_PLAIN: Final = frozenset(("FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"))
#: So wide is the widest type that networks are quantised to.
_QUANTISED: Final = 16


class Absent(Exception):
    """Values of a tensor that its file does not hold; the text says where they should be."""


class Misstated(Exception):
    """A tensor whose sizes are not those of what it holds; the text says so."""


def width(data_type: int) -> int | None:
    """The bits of a value of ONNX's type of that number, None of texts and unknown ones.

    >>> width(TensorProto.FLOAT), width(TensorProto.UINT4), width(TensorProto.FLOAT8E5M2)
    (32, 4, 8)
    """
    name = TensorProto.DataType.Name(data_type) if data_type in _NUMBERS else ""
    said = re.fullmatch(r"(?:U?INT|B?FLOAT)(\d+)(E.*)?", name)
    return int(said.group(1)) if said else _WIDTHS.get(name)


def quantised_width(data_type: int) -> int | None:
    """The bits of a value of a type that networks are quantised to, None of all others."""
    bits = width(data_type)
    if bits is None or bits > _QUANTISED or data_type == TensorProto.BOOL:
        return None
    return None if TensorProto.DataType.Name(data_type) in _PLAIN else bits


def check_extents(tensor: TensorProto) -> None:
    """Raise `Misstated` for sizes that are none, or not those of the values in the tensor.

    A tensor that holds no value at all is one that was left out of the file.
    """
    shape = " x ".join(map(str, tensor.dims))
    if any(extent < 0 for extent in tensor.dims):
        raise Misstated(f"{shape} are no sizes")
    bits = width(tensor.data_type)
    if bits is None or tensor.data_location == TensorProto.EXTERNAL:
        return
    values = prod(tensor.dims)
    if tensor.raw_data and len(tensor.raw_data) != -(-values * bits // 8):
        raise Misstated(f"is {shape} values of {bits} bits, in {len(tensor.raw_data)} bytes")
    held = len(getattr(tensor, helper.tensor_dtype_to_field(tensor.data_type)))
    if held and bits >= 8 and held != values:
        raise Misstated(f"is {shape} values, and the file holds {held}")


def find_values(tensor: TensorProto, folder: str) -> None:
    """Raise `Absent` if the values of a tensor are not where the file says that they are."""
    values, bits = prod(tensor.dims), width(tensor.data_type)
    if tensor.data_location != TensorProto.EXTERNAL:
        field = helper.tensor_dtype_to_field(tensor.data_type) if bits else "string_data"
        if values and not tensor.raw_data and not len(getattr(tensor, field)):
            raise Absent("they are left out of the file")
        return
    said = {entry.key: entry.value for entry in tensor.external_data}
    location, size = said.get("location", ""), -(-values * (bits or 0) // 8)
    path = Path(folder) / location
    if not location or not path.is_file():
        raise Absent(f"they are kept in {location or 'another file'}, which is missing")
    offset, length = _number(said.get("offset")), _number(said.get("length", str(size)))
    if length != size or path.stat().st_size < offset + size:
        raise Absent(f"they are kept in {location}, which does not hold them whole")


def _number(text: str | None) -> int:
    """A number as ONNX writes it in text, -1 if it is none."""
    return int(text) if text and re.fullmatch(r"\d{1,18}", text) else 0 if text is None else -1


_NUMBERS: Final = frozenset(TensorProto.DataType.values())
