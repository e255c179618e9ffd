"""How long a search may go on, what it has found so far, and who is told of it meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from hwsim.mapper.tally import Tally

#: Seconds between two tellings.
EVERY = 1.0


class TimeUp(Exception):
    """A search ends before it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A search as far as it is: the best value found, None before there is any; a value that none
    of the space is below, if there is one yet; the seconds gone; and whether tiles that divide
    would be far fewer.
    """

    best: float | None
    bound: float | None
    seconds: float
    divisors_help: bool


Tell = Callable[[Progress], None]


@dataclass(slots=True, kw_only=True)
class Watch:
    """Ends a search when the clock is at `ends`, or when `limit` candidates are priced and one was
    found that fits, or when it is interrupted.

    Who asks whether it goes on and is told that it does not leaves something undone: it is `cut`,
    and nothing is proven that is not proven by then. Candidates of parts of a space are counted
    `apart`.
    """

    clock: Callable[[], float] = monotonic
    ends: float = inf
    limit: int | None = None
    tell: Tell | None = None
    tally: Tally = field(default_factory=Tally)
    apart: Tally = field(default_factory=Tally)
    best: float | None = None
    bound: float | None = None
    divisors_help: bool = False
    interrupted: bool = False
    cut: bool = False
    late: bool = False
    _offset: float = 0.0
    _until: float = inf
    _began: float = field(init=False)
    _told: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self._told = self.clock()
        self._until = self.ends

    def goes_on(self) -> bool:
        """Whether there is time left, and more is to be priced."""
        self.cut = not self.in_time() or self.cut or self.limited
        return not self.cut

    def in_time(self) -> bool:
        """Whether there is time left; now and then the progress is told."""
        now = self.clock()
        if self.tell and now - self._told >= EVERY:
            self._told = now
            self.tell(
                Progress(
                    best=self.best,
                    bound=self.bound,
                    seconds=now - self._began,
                    divisors_help=self.divisors_help,
                )
            )
        over = now >= self._until
        self.late = self.late or over
        self.cut = self.cut or self.interrupted or over
        return not (self.interrupted or over)

    def take(self, left: int, offset: float, bound: float) -> None:
        """Turn to the next of so many searches that share the time that is left."""
        now = self.clock()
        self._until = self.ends if left == 1 else now + (self.ends - now) / left
        self._offset, self.bound = offset, bound if left == 1 else None
        self.cut = False

    def found(self, value: float) -> None:
        """Tell of the best value so far, less its offset."""
        if value < inf:
            self.best = value + self._offset

    @property
    def limited(self) -> bool:
        """Whether all is priced that was asked for."""
        priced = self.tally.priced + self.tally.seeds + self.apart.priced + self.apart.seeds
        return self.limit is not None and self.best is not None and priced >= self.limit

    @property
    def over(self) -> bool:
        """Whether nothing more is to be searched, whatever is left."""
        return self.interrupted or self.clock() >= self.ends
