"""What mappings are measured by: quantities that are linear in the words that cross the links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from hwsim.accesses.counts import Counts, Flow
from hwsim.accesses.order import keeps
from hwsim.accesses.traffic import traffic
from hwsim.accesses.turns import Turned, turned
from hwsim.architecture.architecture import Architecture, Link
from hwsim.cost.prices import Prices
from hwsim.cost.time import Cap, loads, pace
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

#: A count of a link that the mapping decides: the link, and "visits" or "arrivals".
Word = tuple[Link, str]
SIDES = ("visits", "arrivals")
#: "steps" or "idleness" (steps for each step that an instance works), outside a place; or "turns",
#: wherever loops turn a storage that is waited for.
Times = tuple[str, int]
#: What is measured: the cycles of a limit, or the energy.
Figure = Cap | None
ENERGY: Figure = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The energy, or the cycles that something needs: `constant` and what each word adds; times the
    steps of the loops outside a place, or those for each step that an instance there works, if any;
    or the turns of what is `turned`.
    """

    weights: Mapping[Word, float]
    constant: float
    times: Times | None = None
    turned: tuple[Turned, ...] = ()

    @property
    def offset(self) -> float:
        """What the measure is whatever the mapping."""
        return 0 if self.times else self.constant


def energy(architecture: Architecture, layer: Layer) -> Gauge:
    """The energy of a layer."""
    return _measures(architecture, layer)[ENERGY]


def times(architecture: Architecture, layer: Layer) -> dict[Cap, Gauge]:
    """The cycles that every limit makes components need."""
    measures = _measures(architecture, layer)
    return {limit: measure for limit, measure in measures.items() if limit is not None}


def busy(architecture: Architecture, layer: Layer) -> tuple[Gauge, ...]:
    """The cycles that the MACs need, and those of filling and draining; their sum is what the layer
    takes if nothing is waited for.
    """
    position = architecture.position(architecture.compute.name)
    steps = Gauge(weights={}, constant=float(pace(architecture, layer)), times=("steps", position))
    if not architecture.depth_cycles:
        return (steps,)
    turns = ("turns", 0) if architecture.waiting else None
    fill = Gauge(
        weights={},
        constant=float(architecture.depth_cycles),
        times=turns,
        turned=turned(architecture, layer),
    )
    return steps, fill


def least_value(architecture: Architecture, layer: Layer, measure: Gauge) -> float:
    """What the measure is at least in any mapping, less its offset: every word of every tensor
    crosses every link once, or where a crossing saves something, with every MAC; all instances
    work.
    """
    total = measure.constant - measure.offset
    for (link, _), worth in measure.weights.items():
        total += worth * (layer.words(link.tensor) if worth >= 0 else layer.macs)
    if not measure.times:
        return total
    kind, position = measure.times
    if kind == "turns":
        return measure.constant
    instances = prod(place.size or 1 for place in architecture.places[:position])
    return (layer.macs * measure.constant if kind == "steps" else total) / instances


def _measures(architecture: Architecture, layer: Layer) -> dict[Figure, Gauge]:
    """Every quantity by name. Single words are priced: the pricing itself says what each is worth,
    as it is linear in them. The difference is exact, so that a large layer does not drown it.
    """
    prices = Prices(architecture=architecture, layer=layer)
    constant = _figures(prices, {})
    weights: dict[Figure, dict[Word, Fraction]] = {name: {} for name in constant}
    fixed = dict(constant)
    for link in architecture.links:
        for side, counts in _told_apart(architecture, link):
            one = _figures(prices, {(link, count): 1 for count in counts})
            for name, figure in one.items():
                worth = figure - constant[name]
                if side is None:
                    fixed[name] += worth * layer.macs
                elif worth:
                    weights[name][link, side] = worth
    return {
        name: Gauge(
            weights={word: float(worth) for word, worth in weights[name].items()},
            constant=float(fixed[name]),
            times=_shared(architecture, name),
        )
        for name in constant
    }


def _told_apart(
    architecture: Architecture, link: Link
) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """The counts of a link that differ; None: those that are one for every MAC in any mapping."""
    if _fans_out(architecture, link):
        yield from ((side, (side,)) for side in SIDES)
    else:
        yield "arrivals" if keeps(architecture, link) else None, SIDES


def _fans_out(architecture: Architecture, link: Link) -> bool:
    """Whether a word read at the parent can arrive at several children."""
    between = slice(architecture.position(link.parent), architecture.position(link.child))
    return any(place.spatial for place in architecture.places[between])


def _shared(architecture: Architecture, name: Figure) -> Times | None:
    """Several instances of a component share its load; the energy is nobody's."""
    if name is None:
        return None
    position = architecture.position(name.component)
    several = any(place.spatial for place in architecture.places[:position])
    return ("idleness", position) if several else None


def _figures(prices: Prices, words: Mapping[Word, int]) -> dict[Figure, Fraction]:
    """The energy of these words, and the cycles of one instance that each load of them takes."""
    architecture, layer = prices.architecture, prices.layer
    flows = list[Flow]()
    valueless = layer.words(OUTPUTS)
    for link in architecture.links:
        visits, arrivals = words.get((link, "visits"), 0), words.get((link, "arrivals"), 0)
        returned = visits - valueless if link.tensor == OUTPUTS else 0
        valueless = arrivals - returned if link.tensor == OUTPUTS else valueless
        flows.append(Flow(link=link, visits=visits, arrivals=arrivals, returned=returned))
    charged = traffic(architecture, Counts(flows=tuple(flows), work={}))
    total = prices.energy(charged, layer.data)
    needed = loads(architecture, charged, layer)
    return {ENERGY: total, **dict(needed.items())}
