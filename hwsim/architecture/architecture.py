"""The architecture: components as nodes, the routes of the tensors over the edges between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any, Final

from hwsim.architecture.charging import OPERANDS
from hwsim.architecture.components import Array, Component, Compute, Mover, Storage
from hwsim.architecture.dataflow import Dataflow
from hwsim.architecture.derived import Derived
from hwsim.architecture.graph import graph
from hwsim.architecture.place import Place
from hwsim.architecture.units import UNITS
from hwsim.vocabulary import exact

if TYPE_CHECKING:
    import networkx

#: What spends the energy of the clock, beside the components.
CLOCK: Final = "clock"


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

    `clock_energy` is what the clock's tree and the control spend in every cycle, in `energy_unit`.

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
    clock_energy: float = 0
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

    @cached_property
    def instances(self) -> Mapping[str, int]:
        """How many there are of each component."""
        return {
            name: prod(place.size or 1 for place in self.places[: self.position(name)])
            for name in self.components
        }

    @cached_property
    def areas(self) -> Mapping[str, Fraction]:
        """The area in mm2 of all instances of each component that says one."""
        return {
            name: exact(part.area_mm2) * self.instances[name]
            for name, part in self.components.items()
            if part.area_mm2 is not None
        }

    @property
    def without_area(self) -> tuple[str, ...]:
        """The components that say no area; not the arrays, which are what lies inside."""
        return tuple(
            name
            for name, part in self.components.items()
            if part.area_mm2 is None and not isinstance(part, Array)
        )

    @cached_property
    def static(self) -> Mapping[str, Fraction]:
        """The energy of a cycle whatever is done in it, of the clock and of what leaks, in
        `energy_unit`: a mW for a cycle at one MHz is a nJ.
        """
        spent = dict[str, Fraction]()
        for name, part in self.components.items():
            per_joule = UNITS[self.energy_unit].per_joule
            if part.leakage_mw and per_joule and self.clock_mhz:
                nj = exact(part.leakage_mw) * self.instances[name] / exact(self.clock_mhz)
                spent[name] = nj * Fraction(per_joule, 10**9)
        if self.clock_energy:
            spent[CLOCK] = exact(self.clock_energy)
        return spent

    @property
    def spenders(self) -> tuple[str, ...]:
        """What energy is spent at: the components, and the clock if it is said to spend any."""
        return (*self.components, CLOCK) if self.clock_energy else tuple(self.components)

    @property
    def macs_per_cycle(self) -> int:
        """MACs that the arrays hold."""
        return prod(place.size or 1 for place in self.places)

    @cached_property
    def depth_cycles(self) -> int:
        """The cycles that it takes to fill and drain the arrays and the MAC."""
        arrays = (part for part in self.components.values() if isinstance(part, Array))
        return self.compute.depth + sum(part.depth for part in arrays)

    @cached_property
    def waiting(self) -> tuple[Storage, ...]:
        """The storages with a single buffer, outermost first: work waits for their tiles."""
        return tuple(storage for storage in self.storages if storage.waits)

    @property
    def latched(self) -> bool:
        """Whether the MAC keeps an operand until the next one differs."""
        return OPERANDS[self.operands].latched

    def seconds(self, cycles: int) -> Fraction | None:
        """How long so many cycles last; None where no clock is said."""
        return cycles / (exact(self.clock_mhz) * 10**6) if self.clock_mhz else None

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
