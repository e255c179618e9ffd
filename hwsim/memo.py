"""What was made once, known by what it was made for."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Made = TypeVar("Made")


class Memo(dict[Hashable, object]):
    """Remembers all that was made."""

    def recall(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` made when `key` was first asked for."""
        if key not in self:
            self[key] = make()
        return cast(Made, self[key])
