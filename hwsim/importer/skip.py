"""Names of operations that a user leaves out of a network, as patterns."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from hwsim.workload.select import NoLayer


class Skip:
    """Comma-separated shell patterns of names; each must match one of those that it is asked for.

    >>> skip = Skip("head.*, *.pool")
    >>> skip.takes("head.fc"), skip.takes("stem.conv")
    (True, False)
    """

    def __init__(self, patterns: str) -> None:
        self._patterns = [one.strip() for one in patterns.split(",") if one.strip()]
        self._asked = list[str]()

    def takes(self, name: str) -> bool:
        """Whether the operation of this name is left out."""
        self._asked.append(name)
        return any(fnmatchcase(name, pattern) for pattern in self._patterns)

    def check(self, network: str, priced: Iterable[str]) -> None:
        """Raise `NoLayer`, with the names that are priced, for a pattern that has taken nothing."""
        for pattern in self._patterns:
            if not any(fnmatchcase(name, pattern) for name in self._asked):
                raise NoLayer(network, pattern, tuple(priced))
