"""A component to the places of the loop nest where its loops can run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where loops can run: in time at a storage, or in space on an axis of an array.

    `size` is None at a storage, else the instances along the axis; `reduces` says whether partial
    sums are added up along it.
    """

    name: str
    component: str
    size: int | None = None
    reduces: bool = False

    @property
    def spatial(self) -> bool:
        """Whether the loops here run side by side."""
        return self.size is not None
