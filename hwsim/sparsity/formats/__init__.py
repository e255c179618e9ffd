"""Formats in which zeros take little room, each to the bits that a tensor takes: a module each."""

from collections.abc import Mapping
from typing import Final

from hwsim.sparsity.formats.bitmask import Bitmask
from hwsim.sparsity.formats.coordinates import Coordinates
from hwsim.sparsity.formats.format import Format, Stream
from hwsim.sparsity.formats.run_length import RunLength

__all__ = ["SHIPPED", "Format", "Stream"]

#: By the name that a file gives them.
SHIPPED: Final[Mapping[str, Format]] = {
    "bitmask": Bitmask(),
    "run_length": RunLength(),
    "coordinates": Coordinates(),
}
