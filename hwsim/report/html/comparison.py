"""A comparison to a page: what is declared differently, and what came of it."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from hwsim.comparison import Amounts, ComparedSide, Comparison
from hwsim.report.compare.text import letters
from hwsim.report.figures import DASH, percent, si
from hwsim.report.html.charts import side_by_side
from hwsim.report.html.page import PageCell, Section, chart, named_unit, page, sortable


def render(comparison: Comparison) -> str:
    """Return the comparison as one HTML file; its numbers are those of the JSON form."""
    stated = list(zip(letters(comparison), map(_said, comparison.sides), strict=True))
    return page("Comparison", stated, _sections(comparison))


def _said(side: ComparedSide) -> str:
    run = f"{side.architecture}, {side.network}, batch {side.batch}"
    energy = f"{si(side.totals.energy)} {named_unit(side.energy_unit)}"
    called = f"{side.name}; " if side.name != run else ""
    return f"{called}{run}: energy {energy}, {si(side.totals.cycles)} cycles"


def _sections(comparison: Comparison) -> Iterator[Section]:
    names = letters(comparison)
    if comparison.differences:
        rows = [[_text(one.path), *map(_text, one.values)] for one in comparison.differences]
        yield Section(title="Declared differently", body=sortable(["path", *names], rows))
    told = "Bars of the energy or the cycles of each layer, one for each side"
    units = " or ".join(dict.fromkeys(named_unit(side.energy_unit) for side in comparison.sides))
    layers = [energy.name for energy, _ in comparison.layers]
    spec = side_by_side(list(_bars(comparison)), layers, units)
    yield Section(title="Layers", body=chart("layers", spec, told) + _layers(comparison))
    for title, split in (("Components", comparison.components), ("Tensors", comparison.tensors)):
        cells = [[_text(row.name), *_beside(row)] for row in split]
        yield Section(title=title, body=sortable([title.lower(), *_heads(names, "energy")], cells))
    if comparison.moved:
        loops = [
            [_text(one.layer), _text(one.place), *map(_text, one.loops)] for one in comparison.moved
        ]
        yield Section(title="Loops that moved", body=sortable(["layer", "at", *names], loops))


def _bars(comparison: Comparison) -> Iterator[dict[str, Any]]:
    names = letters(comparison)
    for rows in comparison.layers:
        for measure, row in zip(("energy", "cycles"), rows, strict=True):
            for side, value in zip(names, row.values, strict=True):
                if value is not None:
                    yield {
                        "name": row.name,
                        "side": side,
                        "measure": measure,
                        "amount": float(value),
                    }


def _layers(comparison: Comparison) -> str:
    names = letters(comparison)
    rows = [
        [_text(energy.name), *_beside(energy), *_beside(cycles)]
        for energy, cycles in comparison.layers
    ]
    total = [_text("total"), *_beside(comparison.energy), *_beside(comparison.cycles)]
    heads = ["layer", *_heads(names, "energy"), *_heads(names, "cycles")]
    return sortable(heads, rows, total)


def _heads(names: list[str], measure: str) -> list[str]:
    first, *others = names
    changes = [head for name in others for head in (f"{measure}, {name}", "change, %")]
    return [f"{measure}, {first}", *changes]


def _beside(row: Amounts) -> list[PageCell]:
    cells = [_amount(row.values[0])]
    for value, change in zip(row.values[1:], row.changes, strict=True):
        cells.append(_amount(value))
        cells.append((percent(change) if change else DASH, float(change or 0)))
    return cells


def _amount(value: Fraction | None) -> PageCell:
    return (DASH, "") if value is None else (si(value), float(value))


def _text(value: Any) -> PageCell:
    said = DASH if value is None else str(value)
    return said, value if isinstance(value, int | float) else said
