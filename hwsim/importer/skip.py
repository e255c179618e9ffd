"""Names of operations that a user leaves out of a network, as patterns."""

from collections.abc import Iterable

from hwsim.workload.patterns import Patterns
from hwsim.workload.select import NoLayer


class Skip:
    """Patterns between commas; each must match one of the names that it is asked for.

    >>> skip = Skip("head.*, *.pool")
    >>> skip.takes("head.fc"), skip.takes("stem.conv")
    (True, False)
    """

    def __init__(self, patterns: str) -> None:
        self._patterns = Patterns.between_commas(patterns)
        self._asked = set[str]()

    def takes(self, name: str) -> bool:
        """Whether the operation of this name is left out."""
        self._asked.add(name)
        return self._patterns.match(name)

    def check(self, network: str, priced: Iterable[str]) -> None:
        """Raise `NoLayer`, with the names that are priced, for a pattern that has taken nothing."""
        for pattern in self._patterns.idle(self._asked):
            raise NoLayer(network, pattern, tuple(priced))
