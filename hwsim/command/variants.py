"""What `hwsim compare` is told to compare, loaded: every architecture with every network."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from hwsim.command.inputs import Named, containing, warn_of_missing
from hwsim.command.output import to_stderr
from hwsim.vocabulary import LARGEST_BATCH

if TYPE_CHECKING:
    from hwsim.architecture.architecture import Architecture
    from hwsim.comparison import ComparedSide
    from hwsim.workload.network import Network

HINT = "VARIANT"
#: The options that an architecture and a network may have in their quotes.
OPTIONS = {"architecture": ("--set",), "network": ("--batch", "--density", "--bits")}
ALL = [*OPTIONS["architecture"], *OPTIONS["network"]]
#: A saved report says so near its beginning.
REPORT = b"hwsim/report/"


class Quoted(NamedTuple):
    """What the user quoted: a name or a file, and the texts behind each option."""

    text: str
    name: str
    said: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An architecture with a network, and what tells them from the others."""

    name: str
    architecture: "Architecture"
    network: "Network"


def variants(
    texts: Sequence[str],
    batch: int | None,
    changes: Sequence[str],
    densities: Sequence[str],
    bits: Sequence[str],
) -> "list[Variant | ComparedSide]":
    """Every architecture with every network, then the saved reports.

    What is said of all comes before what is said of one.
    """
    of = dict[str, list[Quoted]](architecture=[], network=[], report=[])
    for text in texts:
        quoted = _split(text)
        kind = _kind(quoted.name)
        _check_options(kind, quoted)
        of[kind].append(quoted)
    _check_enough(of)
    chips = [(quoted, _architecture(quoted, changes)) for quoted in of["architecture"]]
    nets = [(quoted, _network(quoted, batch, densities, bits)) for quoted in of["network"]]
    return [
        *(
            Variant(name=_called(of, chip, net), architecture=architecture, network=network)
            for (chip, architecture), (net, network) in product(chips, nets)
        ),
        *_reports(of["report"]),
    ]


def _split(text: str) -> Quoted:
    """Take apart what was quoted; a file may have spaces in its name."""
    if Path(text).exists():
        return Quoted(text, text, {})
    try:
        name, *words = shlex.split(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {error}", param_hint=HINT) from None
    said = dict[str, list[str]]()
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option not in ALL:
            what = f"{text!r}: {word!r} is none of {', '.join(ALL)}"
            raise typer.BadParameter(what, param_hint=HINT)
        given = value if equals else next(rest, None)
        if given is None:
            raise typer.BadParameter(f"{text!r}: {option} lacks its value", param_hint=HINT)
        said.setdefault(option, []).append(given)
    return Quoted(text, name, said)


def _kind(name: str) -> str:
    """Whether this names an architecture, a network or a report."""
    from hwsim.importer import is_foreign
    from hwsim.specification import load_any, shipped

    for kind in ("architecture", "network"):
        if name in shipped(kind):
            return kind
    if is_foreign(name):
        return "network"
    if _is_report(Path(name)):
        return "report"
    kind = load_any(name).kind
    if kind not in OPTIONS:
        what = f"{name} is a {kind}; architectures, networks and reports are compared"
        raise typer.BadParameter(what, param_hint=HINT)
    return kind


def _is_report(file: Path) -> bool:
    if file.suffix != ".json" or not file.is_file():
        return False
    with file.open("rb") as stream:
        return REPORT in stream.read(200)


def _check_options(kind: str, quoted: Quoted) -> None:
    known = OPTIONS.get(kind, ())
    for option in quoted.said:
        if option not in known:
            what = f"{quoted.text!r}: {quoted.name} is a {kind}, and takes no {option}"
            raise typer.BadParameter(what, param_hint=HINT)
    if len(quoted.said.get("--batch", ())) > 1:
        raise typer.BadParameter(f"{quoted.text!r}: --batch is given twice", param_hint=HINT)


def _check_enough(of: Mapping[str, Sequence[Quoted]]) -> None:
    chips, nets, reports = (len(of[kind]) for kind in ("architecture", "network", "report"))
    if chips and not nets:
        raise typer.BadParameter("a network is missing, to run on them", param_hint=HINT)
    if nets and not chips:
        raise typer.BadParameter("an architecture is missing, to run them", param_hint=HINT)
    if chips * nets + reports < 2:
        raise typer.BadParameter("this is one variant; two are compared", param_hint=HINT)


def _called(of: Mapping[str, Sequence[Quoted]], chip: Quoted, net: Quoted) -> str:
    """What tells a variant from the others."""
    if len(of["network"]) == 1:
        return chip.text
    return net.text if len(of["architecture"]) == 1 else f"{chip.text}, {net.text}"


def _architecture(quoted: Quoted, changes: Sequence[str]) -> "Architecture":
    """The architecture, with a warning of each estimate out of its range."""
    from hwsim import pipeline
    from hwsim.report.estimates import range_warnings

    overrides = [*changes, *quoted.said.get("--set", ())]
    chip = pipeline.load_architecture(quoted.name, overrides)
    for outside in range_warnings(chip):
        to_stderr(f"warning: {quoted.text}: {outside}")
    return chip


def _network(
    quoted: Quoted, batch: int | None, densities: Sequence[str], bits: Sequence[str]
) -> "Network":
    (own,) = quoted.said.get("--batch", [None])
    images = batch if own is None else _images(quoted, own)
    shares = [*densities, *quoted.said.get("--density", ())]
    widths = [*bits, *quoted.said.get("--bits", ())]
    network = containing(Named(quoted.name, images).load(), shares, widths)
    warn_of_missing(network)
    return network


def _images(quoted: Quoted, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_BATCH):
        what = f"{quoted.text!r}: --batch {text} is no number of images from 1 to {LARGEST_BATCH}"
        raise typer.BadParameter(what, param_hint=HINT)
    return int(text)


def _reports(each: Sequence[Quoted]) -> "Iterator[ComparedSide]":
    from hwsim.comparison import saved

    for quoted in each:
        yield saved(quoted.text, Path(quoted.name))
