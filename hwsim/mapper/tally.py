"""What became of the candidates of a search."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of candidates: each is priced, or cut, once; besides, `seeds` were priced to have
    something to cut by.
    """

    seeds: int = 0
    priced: int = 0
    without_room: int = 0
    above_bound: int = 0
    dominated: int = 0

    @property
    def seen(self) -> int:
        """The candidates that are done with."""
        return self.priced + self.without_room + self.above_bound + self.dominated

    def add(self, other: "Tally") -> None:
        """Count what became of other candidates, too."""
        self.seeds += other.seeds
        self.priced += other.priced
        self.without_room += other.without_room
        self.above_bound += other.above_bound
        self.dominated += other.dominated
