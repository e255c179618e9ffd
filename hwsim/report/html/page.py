"""Parts of a page to one HTML file: its text, its tables, and charts that Vega-Lite draws."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from hwsim.architecture.units import UNITS

ASSETS = Path(__file__).parent / "assets"
#: A value of a cell as people read it, and as it is sorted.
PageCell = tuple[str, float | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and what stands below it as HTML."""

    title: str
    body: str


def page(title: str, stated: Iterable[tuple[str, str]], sections: Iterable[Section]) -> str:
    """Return the whole file; `stated` are facts that stand first."""
    parts = "".join(
        f"<section><h2>{escape(one.title)}</h2>{one.body}</section>\n" for one in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_asset('page.css')}</style>\n</head>\n<body>\n"
        f"<main><h1>{escape(title)}</h1>\n{stated_as_list(stated)}\n{parts}</main>\n"
        f"<script>{_asset('vega.js')}</script>\n<script>\n{_asset('page.js')}</script>\n"
        "</body>\n</html>\n"
    )


def stated_as_list(stated: Iterable[tuple[str, str]]) -> str:
    """Return facts as a list of terms and what is said of them."""
    rows = (f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in stated)
    return f"<dl>{''.join(rows)}</dl>"


def chart(name: str, spec: dict[str, Any], told: str) -> str:
    """Return the place of a chart and its spec; `told` is what a screen reader says of it."""
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": told,
        **spec,
    }
    text = json.dumps(whole).replace("</", "<\\/")
    return (
        f'<figure><div class="chart" id="{name}"></div></figure>'
        f'<script type="application/json" data-chart="{name}">{text}</script>'
    )


def sortable(
    heads: Sequence[str], rows: Iterable[Sequence[PageCell]], last: Sequence[PageCell] | None = None
) -> str:
    """Return a table that is sorted by a click, or by a key, on a head; `last` is the total."""
    top = "".join(
        f'<th scope="col"><button type="button">{escape(head)}</button></th>' for head in heads
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    foot = f"<tfoot><tr>{''.join(map(_cell, last))}</tr></tfoot>" if last else ""
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody>{foot}'
        "</table></div>"
    )


def named_unit(unit: str) -> str:
    """Return the unit of energies as an axis has it.

    >>> named_unit("mac"), named_unit("pJ")
    ('MACs', 'pJ')
    """
    return unit if UNITS[unit].per_joule else "MACs"


def _cell(cell: PageCell) -> str:
    text, value = cell
    return f'<td data-value="{escape(str(value))}">{escape(text)}</td>'


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")
