"""A mapping document: for each layer that it names, the tiles of its loops at every place."""

from collections.abc import Mapping as Table
from dataclasses import dataclass

from hwsim.specification import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`tiles[layer][place][dimension]`, outermost loop first, as written in `document`, and
    `bypassed[layer][place]`, the tensors that bypass a storage.
    """

    name: str
    tiles: Table[str, Table[str, Table[str, int]]]
    bypassed: Table[str, Table[str, tuple[str, ...]]]
    document: Document
