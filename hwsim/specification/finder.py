"""Turns the name of something shipped with hwsim, or a path, into the path of the file."""

import os
from pathlib import Path
from typing import Final, Literal, get_args

from hwsim.meant import closest
from hwsim.specification.diagnostics import Origin, Problem, SpecificationError
from hwsim.specification.files import exists, shown

Kind = Literal["architecture", "network", "mapping", "density"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SUFFIXES: Final = (".yaml", ".yml", ".json", ".csv")

_PACKAGE: Final = Path(__file__).parents[1]


def shipped(kind: Kind) -> dict[str, Path]:
    """The shipped files of a kind by name, in alphabetical order."""
    return {path.stem: path for path in sorted(_folder(kind).glob("*.yaml"))}


def find(kind: Kind, name_or_path: str | os.PathLike[str]) -> Path:
    """The file that a name or a path means: a path by its look, a shipped name, or any file.

    Raises:
        SpecificationError: nothing of this name is shipped, and there is no such file.
    """
    return search((kind,), name_or_path)


def search(
    kinds: tuple[Kind, ...],
    name_or_path: str | os.PathLike[str],
    *,
    folder: Path | None = None,
    origin: Origin | None = None,
) -> Path:
    """As `find`, in several kinds, with paths relative to `folder` and an error at `origin`."""
    path = (folder or Path()) / name_or_path
    name = os.fspath(name_or_path)
    if not is_name(name_or_path):
        if folder is None or exists(path):
            return path  # whoever reads it says what is wrong with it
        raise _failure(name, origin, f"no such file: {shown(path)}")
    found = [shipped(kind)[name] for kind in kinds if name in shipped(kind)]
    if len(found) == 1:
        return found[0]
    if exists(path):
        return path
    others = [kind for kind in KINDS if kind not in kinds and name in shipped(kind)]
    names = [shipped_name for kind in kinds for shipped_name in shipped(kind)]
    if found:
        files = " or ".join(map(shown, found))
        raise _failure(name, origin, f"several files of this name are shipped, say {files}")
    if others:
        is_one = " and ".join(map(a, others))
        raise _failure(name, origin, f"no {' or '.join(kinds)} '{name}': {name} is {is_one}")
    what = f"no {' or '.join(kinds)} '{name}': neither a file nor among what `hwsim list` shows"
    raise _failure(name, origin, what, closest(name, names))


def is_name(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this looks like a name, not like a path: no separator, no suffix of a file."""
    if isinstance(name_or_path, os.PathLike):
        return False
    separators = {"/", os.sep}
    return not name_or_path.endswith(SUFFIXES) and not separators & set(name_or_path)


def portable(file: str) -> str:
    """The file as it is called on every machine: one that is shipped, from its folder on."""
    path = Path(file)
    folders = (_PACKAGE, _folder("architecture"))
    return next(
        (str(path.relative_to(folder.parent)) for folder in folders if path.is_relative_to(folder)),
        file,
    )


def a(kind: str) -> str:
    """The kind with its article.

    >>> a("network"), a("architecture")
    ('a network', 'an architecture')
    """
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _folder(kind: Kind) -> Path:
    if kind in ("network", "density"):
        networks = _PACKAGE / "networks"
        return networks / "densities" if kind == "density" else networks
    installed = _PACKAGE / "archs"  # a wheel has the folder inside the package, a checkout beside
    archs = installed if installed.is_dir() else _PACKAGE.parent / "archs"
    return archs / "mappings" if kind == "mapping" else archs


def _failure(
    name: str, origin: Origin | None, what: str, suggestion: str | None = None
) -> SpecificationError:
    where = "document" if origin is None else "extends"
    place = origin or Origin(file=name, line=1, column=1)
    return SpecificationError(
        [Problem(origin=place, where=where, what=what, suggestion=suggestion)]
    )
