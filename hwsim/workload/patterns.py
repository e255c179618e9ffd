"""Shell patterns between commas to the names that they match."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of names, as `*`, `conv?` and `[a-c]*`; case counts."""

    each: tuple[str, ...]

    @classmethod
    def between_commas(cls, text: str) -> Self:
        """The patterns of a text; empty ones are passed over.

        >>> Patterns.between_commas("head.*, fc6,")
        Patterns(each=('head.*', 'fc6'))
        """
        return cls(tuple(one.strip() for one in text.split(",") if one.strip()))

    def match(self, name: str) -> bool:
        """Whether one of them matches the name.

        >>> Patterns(("head.*", "fc6")).match("head.fc"), Patterns(("fc6",)).match("fc")
        (True, False)
        """
        return any(fnmatchcase(name, pattern) for pattern in self.each)

    def idle(self, names: Collection[str]) -> Iterator[str]:
        """Those that match none of the names."""
        for pattern in self.each:
            if not any(fnmatchcase(name, pattern) for name in names):
                yield pattern
