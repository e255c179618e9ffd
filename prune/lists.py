"""Names to what they name, in open lists: what ships, and what installed packages bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TypeVar

from hwsim.extensions import NotLoaded, found, in_words, loaded
from prune.errors import UnknownName


class Listed:
    """An object that has a name in a list, or is given in the place of such a name.

    A run goes on only with what it began with: objects of the same class, whose `repr` and
    `version` say the same.
    """

    #: What plans and reports call it.
    name: str = "unnamed"
    #: To be changed when the same `repr` does otherwise than before.
    version: str = ""

    def __repr__(self) -> str:
        said = ", ".join(f"{key}={value!r}" for key, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({said})"

    @property
    def identity(self) -> str:
        """What tells it from others."""
        kind = type(self)
        return f"{kind.__module__}.{kind.__qualname__} {self!r} {self.version}".rstrip()


T = TypeVar("T", bound=Listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenList:
    """Objects of one kind, each a `noun`, by name: those that are `shipped`, each as MODULE:NAME,
    and those that packages bring to a `group` of entry points.

    Nothing is imported before it is asked for. What ships keeps its name.
    """

    noun: str
    group: str
    shipped: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """The names that there are, those that ship first."""
        return tuple({**self.shipped, **found(self.group)})

    def identity(self, said: object) -> object:
        """Return what tells the object of this name, or the one that is given, from others.

        For what ships, the name alone does. What is neither a name nor an object is given back.
        """
        if isinstance(said, str) and said not in self.shipped:
            said = self.named(said, Listed)
        return said.identity if isinstance(said, Listed) else said

    def named(self, name: str, kind: type[T]) -> T:
        """The object of that name; raises `UnknownName`, and `NotLoaded` where what a package
        brings is of another kind, or cannot be had.
        """
        if name in self.shipped:
            one = resolve_name(self.shipped[name])
            assert isinstance(one, kind)
            return one
        entry = found(self.group).get(name)
        if entry is None:
            raise UnknownName(self.noun, name, self.names())
        brought = loaded(entry)
        if not isinstance(brought, kind):
            raise NotLoaded(in_words(entry), f"it is {brought!r}, and {expected(kind)} is expected")
        return brought


def expected(kind: type[Listed]) -> str:
    """An object of that kind, in words.

    >>> expected(Listed)
    'an object of a class that extends prune.lists.Listed'
    """
    return f"an object of a class that extends {kind.__module__}.{kind.__qualname__}"
