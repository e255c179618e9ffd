"""Turns a table of densities, CSV text, into the tree that a YAML file of them would be.

A row is a layer; the columns are `layer` and, in any order, tensors and `bits.` of them. Empty
cells say nothing; lines that begin with # are comments.
"""

import re
from collections.abc import Iterator

from hwsim.specification.diagnostics import Origin, Problem
from hwsim.specification.nodes import Entry, MappingNode, ScalarNode, YamlNode
from hwsim.specification.yaml12 import Composed, compose

SCHEMA = "hwsim/density/v1"
NAMES = "layer"


def compose_table(text: str, file: str) -> Composed | None:
    """The tree of a table, None of an empty one."""
    rows = [row for row in _rows(text, file) if row and not row[0][1].startswith("#")]
    if not rows:
        return None
    start = Origin(file=file, line=1, column=1)
    (_, first), *columns = head = rows[0]
    if first != NAMES:
        what = f"a table of densities begins with the column '{NAMES}', not '{first}'"
        return Composed(root=_root(start, ()), problems=(_problem(head[0][0], what),))
    names = [name for _, name in columns]
    entries = dict[str, Entry]()
    problems = [
        _problem(origin, f"column '{name}' comes twice")
        for at, (origin, name) in enumerate(columns)
        if name in names[:at]
    ]
    for row in rows[1:]:
        (origin, name), *cells = row
        if name in entries:
            problems.append(_problem(origin, f"layer '{name}' comes twice"))
        if len(row) > len(head):
            what = f"{len(row)} cells, but {len(head)} columns"
            problems.append(_problem(row[len(head)][0], what))
        value = _layer(origin, list(zip(names, cells, strict=False)))
        entries[name] = Entry(key=name, origin=origin, value=value)
    return Composed(root=_root(start, tuple(entries.values())), problems=tuple(problems))


def _rows(text: str, file: str) -> Iterator[list[tuple[Origin, str]]]:
    """The cells of each line, with where they begin."""
    for number, line in enumerate(text.splitlines(), start=1):
        cells = []
        for match in re.finditer(r"(?:^|,)([^,]*)", line.rstrip()):
            cell = match[1]
            column = match.start(1) + len(cell) - len(cell.lstrip()) + 1
            cells.append((Origin(file=file, line=number, column=column), cell.strip().strip('"')))
        yield cells if line.strip() else []


def _layer(origin: Origin, cells: list[tuple[str, tuple[Origin, str]]]) -> MappingNode:
    """What the cells of a row say."""
    said = MappingNode(origin=origin, entries=())
    bits = MappingNode(origin=origin, entries=())
    for column, (at, text) in cells:
        if not text:
            continue
        tensor = column.removeprefix("bits.")
        entry = Entry(key=tensor, origin=at, value=_value(at, text))
        if tensor == column:
            said = said.with_entry(entry)
        else:
            bits = bits.with_entry(entry)
            said = said.with_entry(Entry(key="bits", origin=origin, value=bits))
    return said


def _value(origin: Origin, text: str) -> YamlNode:
    composed = compose(text, origin.file)
    value = composed.root.value if composed and isinstance(composed.root, ScalarNode) else text
    return ScalarNode(origin=origin, value=value)


def _root(start: Origin, layers: tuple[Entry, ...]) -> MappingNode:
    schema = ScalarNode(origin=start, value=SCHEMA)
    return MappingNode(
        origin=start,
        entries=(
            Entry(key="schema", origin=start, value=schema),
            Entry(key="layers", origin=start, value=MappingNode(origin=start, entries=layers)),
        ),
    )


def _problem(origin: Origin, what: str) -> Problem:
    return Problem(origin=origin, where="document", what=what)
