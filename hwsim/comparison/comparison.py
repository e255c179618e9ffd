"""Sides to their comparison: paths that say different things, and amounts that differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from hwsim.comparison.side import ComparedSide, Spent, side
from hwsim.result import Result

#: What only tells a reader about a document.
TOLD = ("schema", "name", "title", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A path of the architecture's document, and what each side says there (None: nothing)."""

    path: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """An amount of each side; None where a side has no such part. Amounts of several units are
    not `alike`, and have no changes.
    """

    name: str
    values: tuple[Fraction | None, ...]
    alike: bool = True

    @property
    def changes(self) -> tuple[Fraction | None, ...]:
        """By what share each other side's amount is larger than the first's, where that is said."""
        first, *others = self.values
        known = first if self.alike else None
        return tuple(it / known - 1 if known and it is not None else None for it in others)

    @property
    def effect(self) -> Fraction:
        """The largest difference from the first side; what a side lacks counts as 0."""
        first, *others = (value or Fraction(0) for value in self.values)
        return max(abs(value - first) for value in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLoops:
    """A layer's place whose loops differ: the loops of each side, in words."""

    layer: str
    place: str
    loops: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Sides, the first of which the others are compared with.

    Every table is sorted by effect, the largest first. `mixed` says that the sides have energies
    in different units, so that only cycles can be compared.
    """

    sides: tuple[ComparedSide, ...]
    differences: tuple[Difference, ...]
    moved: tuple[OtherLoops, ...]

    @property
    def mixed(self) -> bool:
        """Whether the energies of the sides have different units."""
        return len({side.energy_unit for side in self.sides}) > 1

    @property
    def energy(self) -> Amounts:
        """The energies of all layers."""
        values = tuple(side.totals.energy for side in self.sides)
        return Amounts(name="energy", values=values, alike=not self.mixed)

    @property
    def cycles(self) -> Amounts:
        """The cycles of all layers."""
        values = tuple(Fraction(side.totals.cycles) for side in self.sides)
        return Amounts(name="cycles", values=values)

    @cached_property
    def layers(self) -> tuple[tuple[Amounts, Amounts], ...]:
        """The energies and the cycles of each layer."""
        energies = self._rows(
            lambda side: {n: it.spent.energy for n, it in side.layers.items()}, not self.mixed
        )
        cycles = self._rows(
            lambda side: {n: Fraction(it.spent.cycles) for n, it in side.layers.items()}, True
        )
        both = [(energies[name], cycles[name]) for name in energies]
        return tuple(sorted(both, key=lambda pair: (-pair[0].effect, -pair[1].effect)))

    @cached_property
    def components(self) -> tuple[Amounts, ...]:
        """The energies at each component."""
        return self._split(lambda spent: spent.by_component)

    @cached_property
    def tensors(self) -> tuple[Amounts, ...]:
        """The energies of each tensor, and of computing."""
        return self._split(lambda spent: spent.by_tensor)

    def _split(self, part: Callable[[Spent], Mapping[str, Fraction]]) -> tuple[Amounts, ...]:
        rows = self._rows(lambda side: part(side.totals), not self.mixed).values()
        return tuple(sorted(rows, key=lambda row: -row.effect))

    def _rows(
        self, amounts: Callable[[ComparedSide], Mapping[str, Fraction]], alike: bool
    ) -> dict[str, Amounts]:
        each = [amounts(side) for side in self.sides]
        names = dict.fromkeys(name for one in each for name in one)
        return {
            name: Amounts(name=name, values=tuple(one.get(name) for one in each), alike=alike)
            for name in names
        }


def compared(sides: Sequence[ComparedSide]) -> Comparison:
    """Return the comparison of the first side with the others.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(sides) < 2:
        raise ValueError("a comparison has two sides at least")
    return Comparison(
        sides=tuple(sides), differences=tuple(_differences(sides)), moved=tuple(_moved(sides))
    )


def compare(results: Mapping[str, Result]) -> Comparison:
    """Compare results, each by the name that it is to have; the others with the first.

    Raises:
        ValueError: there are fewer than two.
    """
    if not isinstance(results, Mapping):
        raise TypeError("results are compared by their names: a mapping, {'a': one, 'b': other}")
    return compared([side(name, result) for name, result in results.items()])


def _differences(sides: Sequence[ComparedSide]) -> Iterator[Difference]:
    said = [dict(_leaves(side.declared)) for side in sides]
    for path in dict.fromkeys(path for one in said for path in one):
        values = tuple(one.get(path) for one in said)
        if path not in TOLD and any(value != values[0] for value in values):
            yield Difference(path=path, values=values)


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every path of a document, as `--set` takes it, and what stands there."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, f"{path}{key}.")
        else:
            yield f"{path}{key}", inner


def _moved(sides: Sequence[ComparedSide]) -> Iterator[OtherLoops]:
    """The places whose loops differ, of layers that all sides have; most effect first."""
    common = [name for name in sides[0].layers if all(name in side.layers for side in sides)]
    for layer in common:
        each = [side.layers[layer].loops for side in sides]
        for place in dict.fromkeys(place for one in each for place in one):
            loops = tuple(one.get(place, "") for one in each)
            if len({*loops}) > 1:
                yield OtherLoops(layer=layer, place=place, loops=loops)
