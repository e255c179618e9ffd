"""A mapping document: for each layer that it names, the tiles of its loops at every place."""

from collections.abc import Mapping as Table
from dataclasses import dataclass

from hwsim.specification import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`tiles[layer][place][dimension]`, outermost loop first, as written in `document`."""

    name: str
    tiles: Table[str, Table[str, Table[str, int]]]
    document: Document
