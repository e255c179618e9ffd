"""What a file says of bandwidths and buffers, to words in a cycle and words of a tile."""

from fractions import Fraction
from typing import Any

import pytest

from hwsim.architecture.components import Bandwidth, Storage

FILE: dict[str, Any] = {"clock_mhz": 700, "charging": {}, "word_bits": 8}


def declared(**says: Any) -> Storage:
    """A storage of words of 8 bits at 700 MHz that says this."""
    part = {"holds": ["inputs", "outputs"], "energy": {"read": 1, "write": 1}, **says}
    return Storage.declared("it", part, FILE)


@pytest.mark.parametrize(
    ("says", "limits"),
    [
        ({}, Bandwidth()),
        ({"bandwidth_words_per_cycle": 0.1}, Bandwidth(both=Fraction(1, 10))),
        (
            {"bandwidth_words_per_cycle": {"read": 2, "both": 3}},
            Bandwidth(read=Fraction(2), both=Fraction(3)),
        ),
        ({"bandwidth_gb_per_s": 35}, Bandwidth(both=Fraction(50))),
        ({"bandwidth_gb_per_s": 35, "efficiency": 0.8}, Bandwidth(both=Fraction(40))),
        ({"ports": 2}, Bandwidth(both=Fraction(2))),
        (
            {"ports": {"read": 1, "write": 1}},
            Bandwidth(read=Fraction(1), write=Fraction(1), both=Fraction(2)),
        ),
        (
            {"ports": {"read": 1, "both": 1}, "bandwidth_words_per_cycle": 4},
            Bandwidth(read=Fraction(8), write=Fraction(4), both=Fraction(8)),
        ),
    ],
)
def test_a_bandwidth_is_words_in_a_cycle(says: dict[str, Any], limits: Bandwidth) -> None:
    """35 GB/s of bytes at 700 MHz are 50 in a cycle; exact, whatever says it."""
    assert declared(**says).bandwidth == limits


@pytest.mark.parametrize(("buffers", "words"), [(None, 9), (1, 9), (2, 4), (4, 2)])
def test_a_tile_may_take_one_of_the_buffers(buffers: int | None, words: int) -> None:
    """Each has an equal share of the capacity, in whole words."""
    says = {} if buffers is None else {"buffers": buffers}
    (part,) = declared(capacity_words=9, **says).compartments
    assert part.capacity_words == words
