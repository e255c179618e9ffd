"""Every format as a code that is written and read value by value, which its sizes are held to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


class Reader:
    """Bits, read from the first one on."""

    def __init__(self, bits: str) -> None:
        self.bits = bits
        self.at = 0

    def number(self, width: int) -> int:
        """The next so many bits as a number."""
        self.at += width
        return int(self.bits[self.at - width : self.at], 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Values of so many bits to a text of bits, and so many values back.

    A last `block_bits` are written whole, of which `head_bits` are there however little follows;
    the format's sizes count of the last block the part that is full.
    """

    write: Callable[[Sequence[int], int], str]
    read: Callable[[Reader, int, int], list[int]]
    block_bits: int = 1
    head_bits: int = 0


def bits_of(value: int, width: int) -> str:
    """A number in binary."""
    return f"{value:0{width}b}"


# --- A bitmask -------------------------------------------------------------------------------


def write_bitmask(values: Sequence[int], width: int) -> str:
    """The mask, then the nonzeros."""
    mask = "".join("1" if value else "0" for value in values)
    return mask + "".join(bits_of(value, width) for value in values if value)


def read_bitmask(code: Reader, words: int, width: int) -> list[int]:
    """The nonzeros where the mask has them."""
    mask = [code.number(1) for _ in range(words)]
    return [code.number(width) if here else 0 for here in mask]


# --- Run lengths -----------------------------------------------------------------------------


def pairs_of(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    """A run of zeros, at most 31, and the value after it; the last may be a zero of the run."""
    run = 0
    for value in values:
        if value == 0 and run < 31:
            run += 1
        else:
            yield run, value
            run = 0
    if run:
        yield run - 1, 0


def write_run_length(values: Sequence[int], width: int) -> str:
    """Blocks of three pairs and a flag, which is set in the last one; what is missing is zero."""
    pairs = [*pairs_of(values)]
    blocks = max(1, -(-len(pairs) // 3))
    pairs += [(0, 0)] * (3 * blocks - len(pairs))
    code = ""
    for number in range(blocks):
        for run, value in pairs[3 * number : 3 * number + 3]:
            code += bits_of(run, 5) + bits_of(value, width)
        code += "1" if number == blocks - 1 else "0"
    return code


def read_run_length(code: Reader, words: int, width: int) -> list[int]:
    """Each value after its run, to the block whose flag is set; behind the last word is padding."""
    values, last = list[int](), 0
    while not last:
        for _ in range(3):
            values += [0] * code.number(5)
            values.append(code.number(width))
        last = code.number(1)
    return values[:words]


# --- Coordinates -----------------------------------------------------------------------------


def write_coordinates(values: Sequence[int], width: int) -> str:
    """Block after block of 256 values; the last one may be shorter."""
    code = ""
    for start in range(0, len(values), 256):
        block = values[start : start + 256]
        code += bits_of(sum(value != 0 for value in block), 9)
        for place, value in enumerate(block):
            code += bits_of(place, 8) + bits_of(value, width) if value else ""
    return code


def read_coordinates(code: Reader, words: int, width: int) -> list[int]:
    """The nonzeros at their places."""
    values = [0] * words
    for start in range(0, words, 256):
        for _ in range(code.number(9)):
            place = code.number(8)
            values[start + place] = code.number(width)
    return values


#: By the name of the format.
CODES: Final[Mapping[str, Code]] = {
    "bitmask": Code(write=write_bitmask, read=read_bitmask),
    "run_length": Code(write=write_run_length, read=read_run_length, block_bits=64),
    "coordinates": Code(write=write_coordinates, read=read_coordinates, head_bits=9),
}
