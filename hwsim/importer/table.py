"""Suffixes of other programs' files to what reads networks from them: hwsim's own, or brought."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from hwsim.extensions import IMPORTERS, NotLoaded, found, in_words, loaded
from hwsim.importer.errors import Fault, NotImported

if TYPE_CHECKING:
    from hwsim.workload.network import Network

#: What a user may say of a network beside the images: sizes by an input's name or by their own,
#: and patterns of layers to leave out.
Said = Literal["shapes", "dims", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Reads networks from files of another program.

    `read` takes a path and the images to process at a time, None if that is not said; and by its
    name each thing in `takes`: `shapes` and `dims`, the sizes that a file may leave open, by the
    names of inputs and of sizes, and `skip`, patterns of layers. Where `skip` is not taken, hwsim
    leaves out layers of what was read. `what` is what help calls such files.
    """

    read: "Callable[..., Network]"
    takes: frozenset[Said] = frozenset()
    what: str = ""

    def network(
        self,
        path: str | os.PathLike[str],
        batch: int | None = None,
        *,
        shapes: Mapping[str, Sequence[int]] | None = None,
        dims: Mapping[str, int] | None = None,
        skip: str = "",
    ) -> "Network":
        """The network in a file, without what is left out.

        Raises `NotImported` for a file that cannot be read, or leaves no such sizes open.
        """
        said: dict[Said, Any] = {"shapes": shapes, "dims": dims, "skip": skip}
        if any(said[name] and name not in self.takes for name in ("shapes", "dims")):
            open_ = " and ".join(one.what for one in OWN.values() if "shapes" in one.takes)
            what = f"has no open sizes: only {open_} files can leave sizes open"
            raise NotImported(os.fspath(path), [Fault("model", what)])
        try:
            network = self.read(path, batch, **{name: said[name] for name in self.takes})
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise NotImported(os.fspath(path), [Fault("model", what)]) from None
        if "skip" in self.takes or not skip.strip():
            return network
        from hwsim.importer.reasons import ASKED
        from hwsim.workload.select import leave_out

        return leave_out(network, skip, ASKED)


def _onnx(*asked: Any, **said: Any) -> "Network":
    from hwsim.importer.onnx import from_onnx

    return from_onnx(*asked, **said)


def _energy_tool(*asked: Any) -> "Network":
    from hwsim.energy_tool import from_energy_tool

    return from_energy_tool(*asked)


#: hwsim's own importers.
OWN: Final = MappingProxyType(
    {
        ".onnx": Importer(read=_onnx, takes=frozenset(("shapes", "dims", "skip")), what="ONNX"),
        ".txt": Importer(read=_energy_tool, what=".txt"),
    }
)


def is_foreign(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this is the path of a file that is imported, by its suffix."""
    suffix = _suffix(name_or_path)
    return suffix in OWN or (_may_be_brought(suffix) and suffix in found(IMPORTERS))


def importer_of(name_or_path: str | os.PathLike[str]) -> Importer | None:
    """What reads a file of this suffix, if it is imported.

    Raises `NotLoaded` where the package that brings it is broken.
    """
    suffix = _suffix(name_or_path)
    if suffix in OWN or not _may_be_brought(suffix):
        return OWN.get(suffix)
    entry = found(IMPORTERS).get(suffix)
    if entry is None:
        return None
    brought = loaded(entry)
    if isinstance(brought, Importer):
        return brought
    if not callable(brought):
        raise NotLoaded(in_words(entry), "it is neither a function nor an Importer")
    return Importer(read=brought)


def _suffix(name_or_path: str | os.PathLike[str]) -> str:
    return Path(name_or_path).suffix.lower()


def _may_be_brought(suffix: str) -> bool:
    """Whether packages are asked for it, which takes time: names have no suffix, and files of
    hwsim's own kinds are read by no other.
    """
    from hwsim.specification.finder import SUFFIXES

    return bool(suffix) and suffix not in SUFFIXES
