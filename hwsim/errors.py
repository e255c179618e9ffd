"""What all refusals have in common: a text for the user, and an exit status."""

from dataclasses import FrozenInstanceError, dataclass
from inspect import get_annotations
from typing import ClassVar, Final, dataclass_transform

#: Exit statuses of what cannot be done; others are of what was done, or interrupted.
BAD_INPUT: Final = 1
NO_MAPPING: Final = 3


@dataclass_transform(frozen_default=True)
class Error(Exception):
    """What was asked for cannot be done; the text says why, and what helps.

    A command that raises one ends with its text on stderr and `status`, and without a traceback.
    Every kind is a class of its own. Its fields are the data, in the order in which they are given;
    they stay as they are, and `__str__` makes the text of them.

    >>> class NoFloor(Error):
    ...     floors: int
    ...     asked: int
    ...
    ...     def __str__(self) -> str:
    ...         return f"there are {self.floors} floors, and no floor {self.asked}"
    >>> print(NoFloor(3, 7))
    there are 3 floors, and no floor 7
    >>> NoFloor(3, 7) == NoFloor(3, asked=7)
    True
    """

    status: ClassVar[int] = BAD_INPUT
    #: The fields of a kind, as `dataclass` finds them.
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if get_annotations(cls):
            dataclass(eq=False)(cls)

    def __setattr__(self, name: str, value: object) -> None:
        """Set what Python keeps in errors, tracebacks and notes, but no field a second time."""
        self._check_free(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._check_free(name)
        super().__delattr__(name)

    def _check_free(self, name: str) -> None:
        if name in self.__match_args__ and name in vars(self):
            raise FrozenInstanceError(f"{name!r} of {type(self).__name__} stays as it is")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Error) and type(self) is type(other) and self._data == other._data

    def __hash__(self) -> int:
        return hash((type(self), str(self)))

    def __reduce__(self) -> tuple[object, ...]:
        """As `pickle` has it: errors go from one process to another."""
        rest = {name: it for name, it in vars(self).items() if name not in self.__match_args__}
        return type(self), self._data, rest

    @property
    def _data(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__) or self.args


def first_line(error: BaseException) -> str:
    r"""The first line of what an error of any program says; the rest is for its own people.

    >>> first_line(ValueError("no room\nat line 3"))
    'no room'
    """
    return str(error).partition("\n")[0]
