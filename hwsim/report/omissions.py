"""What a network's totals lack, and what is computed before any image, to words of the reports."""

from collections.abc import Iterable, Iterator

from hwsim.report.figures import si
from hwsim.report.layout import some
from hwsim.workload.network import Network, Omission, tallied


def by_kind(omissions: Iterable[Omission]) -> Iterator[tuple[str, str]]:
    """Of each kind its name with how often it occurs, and its MACs.

    >>> gru = Omission(name="gru", kind="gru", macs=64_000, why="")
    >>> list(by_kind([gru, Omission(name="loop", kind="loop", macs=None, why="")]))
    [('gru x1', '64.00 k'), ('loop x1', 'unknown')]
    """
    kinds: dict[str, list[Omission]] = {}
    for one in omissions:
        kinds.setdefault(one.kind, []).append(one)
    for of_kind in kinds.values():
        yield tallied(of_kind), macs_of(of_kind)


def macs_of(omissions: Iterable[Omission]) -> str:
    """Their MACs together, with a plus where those of some are not known."""
    known = [one.macs for one in omissions]
    whole = sum(number for number in known if number is not None)
    if None not in known:
        return si(whole)
    return f"{si(whole)}+" if whole else "unknown"


def listed(omissions: Iterable[Omission]) -> str:
    """The names, those of one reason together, with it.

    >>> listed([Omission(name=name, kind="gru", macs=1, why="not read") for name in ("a", "b")])
    'a, b (not read)'
    """
    names: dict[str, list[str]] = {}
    for one in omissions:
        names.setdefault(one.why, []).append(one.name)
    return some([f"{some(those)} ({why})" for why, those in names.items()])


def missing_warning(network: Network) -> str:
    """What the network's totals lack in a sentence; nothing if they are whole."""
    if not network.missing:
        return ""
    what = f"{tallied(network.missing)}, {macs_of(network.missing)} MACs"
    return f"the totals of {network.name} lack {what}: {listed(network.missing)}"


def aside(network: Network) -> str:
    """What goes behind the name of a network that lacks something, or has notes.

    >>> gru = Omission(name="gru", kind="gru", macs=64_000, why="not read")
    >>> net = Network(name="net", title="", source="", batch=1, nodes=(), layers=(), missing=(gru,))
    >>> aside(net)
    ', missing: gru x1 (64.00 k MACs)'
    """
    of_kind = ", ".join(f"{what} ({work} MACs)" for what, work in by_kind(network.missing))
    missing = f", missing: {of_kind}" if of_kind else ""
    return missing + "".join(f"; {note}" for note in network.notes)
