"""Which accesses are charged: of each convention a table, by the words of a file.

`docs/semantics.md` says of every word what is counted. A convention has a yes or no for each access
that it decides, so a new word is a new line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What becomes of a word that arrives: whether it is `written`."""

    written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRead:
    """What becomes of the first read of a partial sum in a stay.

    `zeros` says whether a partial sum that is still zero is read. `passed` says whether one that
    has just come from above passes by: then it is neither written nor read here.
    """

    zeros: bool
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What becomes of a partial sum at the end of a stay: whether its last value is `written`, and
    whether it is `read` on its way up.
    """

    written: bool
    read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """How a MAC comes by its operands: `latched` are those that it keeps until the next one
    differs. `says` is that in a report.
    """

    latched: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfRow:
    """What a row costs of which a move uses a part: whether the `whole`."""

    whole: bool


FILLS: Final[Mapping[str, Fill]] = {
    "charged": Fill(written=True),
    "free": Fill(written=False),
}
FIRST_READS: Final[Mapping[str, FirstRead]] = {
    "charged": FirstRead(zeros=True, passed=False),
    "free": FirstRead(zeros=False, passed=False),
    "forwarded": FirstRead(zeros=False, passed=True),
}
DRAINS: Final[Mapping[str, Drain]] = {
    "charged": Drain(written=True, read=True),
    "written": Drain(written=True, read=False),
    "forwarded": Drain(written=False, read=False),
}
ROWS: Final[Mapping[str, PartOfRow]] = {
    "by_word": PartOfRow(whole=False),
    "whole": PartOfRow(whole=True),
}
#: Where a file does not say.
EVERY_MAC: Final = "every_mac"
OPERANDS: Final[Mapping[str, Operands]] = {
    EVERY_MAC: Operands(
        latched=False, says="each MAC reads its operands from the innermost storages"
    ),
    "latched": Operands(latched=True, says="a MAC keeps an operand until the next one differs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """Which accesses of a storage are charged, in the words of a file."""

    fills: str = "charged"
    first_reads: str = "free"
    drains: str = "charged"
    rows: str = "by_word"

    @classmethod
    def declared(cls, words: Mapping[str, Any]) -> Self:
        """What these words of a file say; of those that they lack, the default."""
        known = (field.name for field in fields(cls))
        return cls(**{name: words[name] for name in known if name in words})

    @property
    def fill(self) -> Fill:
        """What becomes of a word that arrives."""
        return FILLS[self.fills]

    @property
    def first_read(self) -> FirstRead:
        """What becomes of the first read of a partial sum."""
        return FIRST_READS[self.first_reads]

    @property
    def drain(self) -> Drain:
        """What becomes of a partial sum that leaves."""
        return DRAINS[self.drains]

    @property
    def row(self) -> PartOfRow:
        """What becomes of a row of which a move uses a part."""
        return ROWS[self.rows]
