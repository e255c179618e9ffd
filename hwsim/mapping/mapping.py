"""A mapping document: for each layer that it names, the tiles of its loops at every place."""

from collections.abc import Mapping as Table
from dataclasses import dataclass

from hwsim.specification import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping file: for each layer that it names, the tiles of its loops at every place.

    `tiles[layer][place][dimension]` are outermost loop first, as written in `document`.
    `bypassed[layer][place]` are the tensors that bypass a storage.
    """

    name: str
    tiles: Table[str, Table[str, Table[str, int]]]
    bypassed: Table[str, Table[str, tuple[str, ...]]]
    document: Document
