"""Counts to charged accesses: the architecture's conventions say which of the words are charged."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hwsim.accesses.counts import Counts, Flow, Sizes
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Storage
from hwsim.vocabulary import OUTPUTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The charged words of one link; `docs/semantics.md`, "Accesses".

    On the way down, words are `read` at the parent, `delivered` to instances and `filled` into
    them. On the way up, words are `drained` out of instances, `collected` from them, `reduced` in
    additions on the way, and `written` at the parent. The `finished` ones go home for the last
    time, as outputs; all others that go up are partial sums. `above` and
    `below` are those of the flow: how many words move together at the parent, and at the child.
    """

    link: Link
    read: int
    delivered: int
    filled: int
    drained: int = 0
    reduced: int = 0
    collected: int = 0
    written: int = 0
    finished: int = 0
    above: Sizes = field(default_factory=dict)
    below: Sizes = field(default_factory=dict)


def traffic(architecture: Architecture, counts: Counts) -> tuple[Traffic, ...]:
    """The charged words of every link."""
    stays = {(flow.link.tensor, flow.link.child): flow.arrivals for flow in counts.flows}
    return tuple(
        _of_partial_sums(architecture, flow, stays.get((OUTPUTS, flow.link.parent)))
        if flow.link.tensor == OUTPUTS
        else _of_operand(architecture, flow)
        for flow in counts.flows
    )


def _charging(architecture: Architecture, name: str) -> Charging | None:
    """The conventions of a storage; None for the MAC, which has no accesses of its own."""
    component = architecture.components[name]
    return component.charging if isinstance(component, Storage) else None


def _of_operand(architecture: Architecture, flow: Flow) -> Traffic:
    child = _charging(architecture, flow.link.child)
    filled = flow.arrivals if child and child.fill.written else 0
    return Traffic(
        link=flow.link,
        read=flow.visits,
        delivered=flow.arrivals,
        filled=filled,
        above=flow.above,
        below=flow.below,
    )


def _of_partial_sums(architecture: Architecture, flow: Flow, stays: int | None) -> Traffic:
    """Return the charged words of partial sums; `stays` counts their stays in the parent.

    It is None at their home, where nothing comes from above.
    """
    parent = _charging(architecture, flow.link.parent)
    child = _charging(architecture, flow.link.child)
    assert parent is not None
    fills = child and child.fill.written and not child.first_read.passed
    return Traffic(
        link=flow.link,
        read=_first_reads(parent, flow, stays),
        delivered=flow.returned,
        filled=flow.returned if fills else 0,
        drained=flow.arrivals if child and child.drain.read else 0,
        reduced=flow.arrivals - flow.visits,
        collected=flow.visits,
        written=flow.visits - (0 if parent.drain.written else stays or 0),
        finished=flow.visits - flow.returned if stays is None else 0,
        above=flow.above,
        below=flow.below,
    )


def _first_reads(parent: Charging, flow: Flow, stays: int | None) -> int:
    """Return the reads of partial sums at the parent, less the first of a stay that are free."""
    first = parent.first_read
    zeros = flow.visits - flow.returned
    from_above = 0 if stays is None else stays - zeros
    unread = (0 if first.zeros else zeros) + (from_above if first.passed else 0)
    return flow.visits - unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Accesses:
    """Reads and writes of one tensor at one component, in words."""

    reads: int = 0
    writes: int = 0

    def __add__(self, other: "Accesses") -> "Accesses":
        return Accesses(reads=self.reads + other.reads, writes=self.writes + other.writes)


def accesses(traffics: Iterable[Traffic]) -> dict[str, dict[str, Accesses]]:
    """Return reads and writes by component and tensor; at a network, words down and words up."""
    table: dict[str, dict[str, Accesses]] = {}

    def add(component: str, tensor: str, reads: int, writes: int) -> None:
        row = table.setdefault(component, {})
        row[tensor] = row.get(tensor, Accesses()) + Accesses(reads=reads, writes=writes)

    for words in traffics:
        link = words.link
        add(link.parent, link.tensor, words.read, words.written)
        if words.filled or words.drained:
            add(link.child, link.tensor, words.drained, words.filled)
        for network in link.networks:
            add(network, link.tensor, words.read, words.written)
    return table
