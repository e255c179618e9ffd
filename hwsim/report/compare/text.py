"""A comparison to one screen: what is declared differently, and what came of it, by effect."""

import json
from collections.abc import Sequence
from fractions import Fraction
from string import ascii_uppercase
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from hwsim.architecture.units import UNITS
from hwsim.comparison import Amounts, Comparison
from hwsim.report.figures import DASH, si
from hwsim.report.layout import Facts, energy_in, facts, first_of, printed, table

#: So many rows of a table stand on the screen; JSON and CSV have all.
SHOWN = 10


def render(comparison: Comparison, *, colour: bool = False) -> str:
    """Return the comparison as text, with the escape codes of a terminal only if `colour`."""
    parts: list[RenderableType] = [facts(_heading(comparison)), ""]
    if comparison.differences:
        parts += [_declared(comparison), ""]
    parts += [_layers(comparison), "", _split(comparison), ""]
    if comparison.moved:
        parts += [_loops(comparison), ""]
    parts.append(facts(_summary(comparison)))
    return printed(parts, colour=colour)


def letters(comparison: Comparison) -> list[str]:
    """What tables call the sides, whose names may be long."""
    return [
        ascii_uppercase[at] if at < len(ascii_uppercase) else str(at + 1)
        for at in range(len(comparison.sides))
    ]


def _heading(comparison: Comparison) -> Facts:
    for letter, side in zip(letters(comparison), comparison.sides, strict=True):
        run = f"{side.architecture}, {side.network}, batch {side.batch}"
        yield letter, f"{side.name}\n{run}" if side.name != run else run
    units = dict.fromkeys(UNITS[side.energy_unit].says for side in comparison.sides)
    yield "energy", "; ".join(units)


def _declared(comparison: Comparison) -> Table:
    rows = [(one.path, *map(_said, one.values)) for one in comparison.differences]
    return table(("declared", *letters(comparison)), *first_of(rows, SHOWN))


def _said(value: Any) -> str:
    return DASH if value is None else value if isinstance(value, str) else json.dumps(value)


def _layers(comparison: Comparison) -> Table:
    """Energy and cycles of all layers together, then of each."""
    heads = ("layer", *_heads(comparison, "energy"), *_heads(comparison, "cycles"))
    both = [
        (energy.name, *_energies(comparison, energy), *_cycles(cycles))
        for energy, cycles in comparison.layers
        if energy.effect or cycles.effect
    ]
    whole = ("total", *_energies(comparison, comparison.energy), *_cycles(comparison.cycles))
    return table(heads, [whole], *first_of(both, SHOWN))


def _split(comparison: Comparison) -> Table:
    heads = ("spent at, on", *_heads(comparison, "energy"))
    sections = [
        [(row.name, *_energies(comparison, row)) for row in rows if row.effect]
        for rows in (comparison.components, comparison.tensors)
    ]
    return table(heads, *(section for rows in sections for section in first_of(rows, SHOWN)))


def _loops(comparison: Comparison) -> Table:
    rows = [(one.layer, one.place, *(it or DASH for it in one.loops)) for one in comparison.moved]
    made = table(("mapping of", "loops at", *letters(comparison)), *first_of(rows, SHOWN))
    for column in made.columns:
        column.justify = "left"
    return made


def _heads(comparison: Comparison, measure: str) -> list[str]:
    first, *others = letters(comparison)
    changes = (head for letter in others for head in (f"{measure}\n{letter}", "%"))
    return [f"{measure}\n{first}", *changes]


def _energies(comparison: Comparison, row: Amounts) -> list[str | Text]:
    told = [
        DASH if value is None else energy_in(side.energy_unit, value)
        for side, value in zip(comparison.sides, row.values, strict=True)
    ]
    return _beside(told, row.changes)


def _cycles(row: Amounts) -> list[str | Text]:
    return _beside([DASH if value is None else si(value) for value in row.values], row.changes)


def _beside(told: Sequence[str], changes: Sequence[Fraction | None]) -> list[str | Text]:
    """Each amount, and beside all but the first its change, which stands out where it is large."""
    cells: list[str | Text] = [told[0]]
    for amount, change in zip(told[1:], changes, strict=True):
        style = "bold" if change is not None and abs(change) >= Fraction(1, 10) else ""
        cells += [amount, Text(_percent(change), style=style)]
    return cells


def _percent(change: Fraction | None) -> str:
    return DASH if not change else f"{float(100 * change):+.1f}"


def _summary(comparison: Comparison) -> Facts:
    alike = sum(not (energy.effect or cycles.effect) for energy, cycles in comparison.layers)
    if alike:
        yield "alike", f"{alike} of {len(comparison.layers)} layers"
    moved = dict.fromkeys(one.layer for one in comparison.moved)
    if moved:
        yield "mappings", f"{len(moved)} of {len(comparison.layers)} layers have other loops"
    if comparison.mixed:
        yield "units", "energies in different units are not compared"
