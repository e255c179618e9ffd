"""A simulated layer to the account of every component: what it holds, moves and spends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from hwsim.accesses.traffic import Accesses
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Array
from hwsim.cost import spent_on
from hwsim.cost.moved import Moved
from hwsim.explanation.tiles import Tile, tiles_held
from hwsim.result import LayerResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorAccount:
    """One tensor, or computing, at a component.

    `tile` is None where nothing is held, `capacity_words` where there is no limit, `accesses` where
    nothing is counted; at a network they are words down (reads) and up (writes). `moved` are the
    bits of them that zeros and formats leave.
    """

    energy: Fraction
    tile: Tile | None = None
    capacity_words: int | None = None
    accesses: Accesses | None = None
    moved: Moved | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The entries of a component by tensor, "compute" or "static".

    `shared_words` is the capacity that all its tensors share, if there is such a one.
    """

    component: str
    entries: Mapping[str, TensorAccount]
    shared_words: int | None

    @property
    def whole(self) -> TensorAccount:
        """All tensors together."""
        moved = [entry.accesses for entry in self.entries.values() if entry.accesses]
        held = [entry.tile.words for entry in self.entries.values() if entry.tile]
        return TensorAccount(
            energy=sum((entry.energy for entry in self.entries.values()), Fraction(0)),
            tile=Tile(words=sum(held), shape={}) if held else None,
            capacity_words=self.shared_words,
            accesses=_sum(moved) if moved else None,
        )


def accounts(architecture: Architecture, layer: LayerResult) -> dict[str, Account]:
    """The account of every component, but of arrays that spend nothing, outermost first; and of the
    clock.
    """
    spends = layer.cost.by_component
    return {
        name: _account(architecture, layer, name)
        for name in architecture.spenders
        if name in spends or not isinstance(architecture.components[name], Array)
    }


def _account(architecture: Architecture, layer: LayerResult, name: str) -> Account:
    parts = tiles_held(architecture, layer.layer, layer.nest).get(name, ())
    tiles = {tensor: tile for part in parts for tensor, tile in part.tiles.items()}
    room = {tensor: part.capacity_words for part in parts for tensor in part.tiles}
    counted = layer.accesses.get(name, {})
    spent = {what: energy for (where, what), energy in layer.cost.energies.items() if where == name}
    return Account(
        component=name,
        entries={
            what: TensorAccount(
                energy=spent.get(what, Fraction(0)),
                tile=tiles.get(what),
                capacity_words=room.get(what),
                accesses=counted.get(what),
                moved=layer.moved.get(name, {}).get(what),
            )
            for what in spent_on(architecture)
            if what in tiles or what in counted or what in spent
        },
        shared_words=parts[0].capacity_words if len(parts) == 1 else None,
    )


def _sum(moved: Iterable[Accesses]) -> Accesses:
    return sum(moved, Accesses())
