"""Bandwidths: how many words a component moves in a cycle, in each direction and in both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Self

from hwsim.vocabulary import exact

#: What a bandwidth may limit. At a network, words are read on their way down, written on their way
#: up.
READS: Final = "read"
WRITES: Final = "write"
BOTH: Final = "both"
WAYS: Final = (READS, WRITES, BOTH)
#: The keys of a file that say a bandwidth.
IN_WORDS: Final = "bandwidth_words_per_cycle"
IN_GB: Final = "bandwidth_gb_per_s"
PORTS: Final = "ports"
EFFICIENCY: Final = "efficiency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """The most words in a cycle that are read, that are written, and of `both` together.

    None is no limit.
    """

    read: Fraction | None = None
    write: Fraction | None = None
    both: Fraction | None = None

    @classmethod
    def declared(cls, part: dict[str, Any], file: dict[str, Any], bits: int, apart: bool) -> Self:
        """The bandwidth that `part` of an architecture's `file` declares, in words of that width.

        A single number is for both directions together, or for each if they are `apart`.
        """
        said = part.get(IN_WORDS, part.get(IN_GB))
        each = _words_of_gb(file, bits) if IN_GB in part else Fraction(1)
        each *= exact(part.get(EFFICIENCY, 1))
        if PORTS in part:
            return cls(**_through(part[PORTS], exact(1 if said is None else said) * each))
        if isinstance(said, Mapping):
            return cls(**{way: exact(number) * each for way, number in said.items()})
        if said is None:
            return cls()
        ways = (READS, WRITES) if apart else (BOTH,)
        return cls(**dict.fromkeys(ways, exact(said) * each))

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return any(True for _ in self.limits)

    @property
    def limits(self) -> Iterator[tuple[str, Fraction]]:
        """What is limited, and to what."""
        for way, limit in ((READS, self.read), (WRITES, self.write), (BOTH, self.both)):
            if limit is not None:
                yield way, limit

    def cycles(self, read: Fraction, written: Fraction) -> Iterator[tuple[str, Fraction]]:
        """For each limit, the cycles that so many words take."""
        words = {READS: read, WRITES: written, BOTH: read + written}
        for way, limit in self.limits:
            yield way, words[way] / limit


def _words_of_gb(file: dict[str, Any], bits: int) -> Fraction:
    """Words of these bits in a cycle for each 10^9 bytes in a second."""
    return Fraction(8 * 1000, bits) / exact(file["clock_mhz"])


def _through(ports: int | dict[str, int], each: Fraction) -> dict[str, Fraction]:
    """The limits of so many ports, each of that bandwidth; one for both reads or writes."""
    if isinstance(ports, int):
        return {BOTH: ports * each}
    any_way = ports.get(BOTH, 0)
    numbers = {
        READS: ports.get(READS, 0) + any_way,
        WRITES: ports.get(WRITES, 0) + any_way,
        BOTH: sum(ports.values()),
    }
    return {way: number * each for way, number in numbers.items()}
