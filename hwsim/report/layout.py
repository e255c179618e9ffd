"""What the reports in text share: facts and tables on a terminal, and how amounts are written."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from io import StringIO

from rich.box import Box
from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import OPERANDS
from hwsim.architecture.units import UNITS
from hwsim.cost.energy import CHARGE_BY
from hwsim.mapper import NO_LIMITS, Certificate
from hwsim.report.figures import DASH, si
from hwsim.specification.diagnostics import printable
from hwsim.vocabulary import Tiles

#: So many names are listed.
NAMED = 12
#: Prose is set to this width; a table is as wide as it needs to be.
PROSE_WIDTH = 100
WIDEST = 10_000

OF_TILES = {
    Tiles.divisors: ", of tiles that divide",
    Tiles.balanced: "",
    Tiles.any: ", of any tiles",
}

#: A rule below the head and between the sections of a table, and no other line.
RULES = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")

Facts = Iterator[tuple[str, str]]
Row = Sequence[str | Text]


def printed(parts: Iterable[RenderableType], *, colour: bool) -> str:
    """The parts one below the other, with the escape codes of a terminal only if `colour`."""
    console = Console(
        file=StringIO(),
        width=WIDEST,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def facts(stated: Facts) -> Constrain:
    """Labels and what they say, set to `PROSE_WIDTH`."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for label, fact in stated:
        lines = "\n".join(printable(line) for line in fact.split("\n"))
        grid.add_row(printable(label), lines)
    return Constrain(grid, PROSE_WIDTH)


def table(heads: Sequence[str], *sections: Sequence[Row]) -> Table:
    """A table whose columns that say nothing are left out; the first is of names."""
    rows = [row for section in sections for row in section]
    said = [any(str(row[i]) not in ("", DASH) for row in rows) for i in range(len(heads))]
    made = Table(box=RULES, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head, keep in zip(heads, said, strict=True):
        if keep:
            made.add_column(head, justify="right" if made.columns else "left", vertical="bottom")
    for section in sections:
        for row in section:
            cells = (cell for cell, keep in zip(row, said, strict=True) if keep)
            made.add_row(*(printable(it) if isinstance(it, str) else it for it in cells))
        made.add_section()
    return made


def first_of(rows: Sequence[Row], most: int) -> Iterator[Sequence[Row]]:
    """Sections of a table: the rows, of many only the first, and a row on how many more there are.

    No row stands for a single one.
    """
    more = len(rows) - most
    if rows:
        yield rows if more <= 1 else rows[:most]
    if more > 1:
        yield [(f"and {more} more", *[""] * (len(rows[0]) - 1))]


def conventions(architecture: Architecture) -> str:
    """The unit of the energies, and what is charged."""
    words = (
        UNITS[architecture.energy_unit],
        CHARGE_BY[architecture.charge_by],
        OPERANDS[architecture.operands],
    )
    return "; ".join(word.says for word in words)


def aim(architecture: Architecture, certificate: Certificate) -> str:
    """What a mapping on the architecture is the best in, and among which."""
    within = " within limits" if certificate.within != NO_LIMITS else ""
    best = f"{certificate.objective.aim}{within}"
    return f"{best} {dataflow(architecture)}{OF_TILES[certificate.tiles]}"


def dataflow(architecture: Architecture) -> str:
    """Under what mappings were derived."""
    return f"under the {architecture.dataflow.name} dataflow"


def titled(name: str, title: str) -> str:
    """A name, and its title if that says more."""
    return name if title in ("", name) else f"{name}: {title}"


def some(names: Sequence[str]) -> str:
    """The names, of many only the first."""
    more = len(names) - NAMED
    return ", ".join(names if more <= 1 else [*names[:NAMED], f"and {more} more"])


def in_unit(architecture: Architecture, energy: Fraction) -> str:
    """An energy; in joules where it is declared in pJ."""
    return energy_in(architecture.energy_unit, energy)


def energy_in(unit: str, energy: float | Fraction) -> str:
    """An energy that is declared in a unit; in joules where that is pJ.

    >>> energy_in("mac", 1200), energy_in("pJ", 1200)
    ('1.200 k', '1.200 nJ')
    """
    per_joule = UNITS[unit].per_joule
    return si(energy / per_joule, "J") if per_joule else si(energy)


def joule(architecture: Architecture) -> int:
    """What a figure's energies are divided by, as they are told in joules where they are in pJ."""
    return UNITS[architecture.energy_unit].per_joule or 1


def in_seconds(architecture: Architecture, cycles: int) -> str:
    """The time of the cycles if the clock is known."""
    seconds = architecture.seconds(cycles)
    return "" if seconds is None else si(seconds, "s")
