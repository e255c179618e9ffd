"""A mapping document: for each layer that it names, the tiles of its loops at every place."""

from collections.abc import Mapping as Table
from dataclasses import dataclass

from hwsim.specification import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping file, as `load_mapping` gives it: how each layer that it names is to run.

    It is for no architecture and no network yet; `simulate` refuses what does not fit them.
    `tiles[layer][place][dimension]` are outermost loop first, as written in `document`.
    `bypassed[layer][place]` are the tensors that bypass a storage.
    """

    name: str
    tiles: Table[str, Table[str, Table[str, int]]]
    bypassed: Table[str, Table[str, tuple[str, ...]]]
    document: Document
