"""The architecture: components as nodes, the routes of the tensors over the edges between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

from hwsim.architecture.charging import OPERANDS
from hwsim.architecture.components import Array, Component, Compute, Mover, Storage
from hwsim.architecture.dataflow import Dataflow
from hwsim.architecture.derived import Derived
from hwsim.architecture.graph import graph
from hwsim.architecture.place import Place

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A step of a tensor's route from the storage `parent` to `child`, a storage or the MAC.

    `networks` are those that it crosses, and whatever else there moves words; `unicast` says
    whether an array on the way lacks multicast of this tensor.
    """

    tensor: str
    parent: str
    child: str
    networks: tuple[str, ...]
    unicast: bool


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """An accelerator, as `load_architecture` gives it: what it is made of, and what it charges.

    `components` are the parts by name, from the outermost to the innermost. `routes` say through
    which of them each tensor comes from its home to the MAC, and `dataflow` which loops a mapping
    may have at them. An architecture is not changed: a variant of a chip is loaded with overrides.

    `energy_unit`, `charge_by` and `operands` are words of a file: of `UNITS`, of `CHARGE_BY` (in
    `hwsim.cost.energy`) and of `OPERANDS`. `derived` are the energies, areas and leakages that an
    estimator gave, or that follow one. `declared` is the document, after all overrides.
    """

    name: str
    title: str
    source: str
    energy_unit: str
    clock_mhz: float | None
    charge_by: str
    operands: str
    components: Mapping[str, Component]
    routes: Mapping[str, tuple[str, ...]]
    dataflow: Dataflow
    derived: tuple[Derived, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """What was declared; what follows from it is worked out anew where it is unpickled."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def graph(self) -> "networkx.MultiDiGraph[str]":
        """Components as nodes; an edge for each step of a route, keyed by its tensor."""
        return graph(self.components, self.routes)

    @cached_property
    def storages(self) -> tuple[Storage, ...]:
        """The storages, outermost first."""
        return tuple(part for part in self.components.values() if isinstance(part, Storage))

    @cached_property
    def compute(self) -> Compute:
        """The MAC."""
        return next(part for part in self.components.values() if isinstance(part, Compute))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place where loops can run, in the order of the loop nest."""
        return tuple(place for part in self.components.values() for place in part.places)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of every tensor, each tensor's from its home to the MAC."""
        return tuple(link for tensor in self.routes for link in self._links_of(tensor))

    @property
    def in_rows(self) -> tuple[str, ...]:
        """The storages that charge rows whole."""
        return tuple(part.name for part in self.storages if part.charging.row.whole)

    @property
    def macs_per_cycle(self) -> int:
        """MACs that the arrays hold."""
        return prod(place.size or 1 for place in self.places)

    @property
    def latched(self) -> bool:
        """Whether the MAC keeps an operand until the next one differs."""
        return OPERANDS[self.operands].latched

    def for_each_mac(self, link: Link) -> bool:
        """Whether the words over the link are each for one MAC: it reads them every time."""
        return link.child == self.compute.name and not self.latched

    def lives_in(self, tensor: str, component: str) -> bool:
        """Whether the component is the tensor's home, where its route begins: there it is whole."""
        return self.routes[tensor][0] == component

    def position(self, component: str) -> int:
        """How many places lie outside `component`."""
        return self._positions[component]

    @cached_property
    def _positions(self) -> dict[str, int]:
        counts = accumulate((len(part.places) for part in self.components.values()), initial=0)
        return dict(zip(self.components, counts, strict=False))

    def _links_of(self, tensor: str) -> tuple[Link, ...]:
        links, parent, between = [], "", list[Component]()
        for part in (self.components[name] for name in self.routes[tensor]):
            if not isinstance(part, Storage | Compute):
                between.append(part)
                continue
            if parent:
                links.append(_link(tensor, parent, part.name, between))
            parent, between = part.name, []
        return tuple(links)


def _link(tensor: str, parent: str, child: str, between: list[Component]) -> Link:
    return Link(
        tensor=tensor,
        parent=parent,
        child=child,
        networks=tuple(part.name for part in between if isinstance(part, Mover)),
        unicast=any(isinstance(part, Array) and tensor not in part.multicast for part in between),
    )
