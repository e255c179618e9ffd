"""What the user named, loaded: an architecture, a network, and perhaps a mapping for them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from hwsim.command.output import to_stderr

if TYPE_CHECKING:
    from hwsim.architecture.architecture import Architecture
    from hwsim.mapping.mapping import Mapping
    from hwsim.specification import Document, Kind, Problem
    from hwsim.workload.network import Network


class Named(NamedTuple):
    """A network by its name, and what the user says of it: the images, layers to leave out, and
    what `--shape` and `--dim` say of open sizes.
    """

    name: str
    batch: int | None = None
    skip: str = ""
    shapes: Sequence[str] | None = None
    dims: Sequence[str] | None = None

    def load(self) -> "Network":
        """The network."""
        from hwsim import pipeline

        dims = _numbers("--dim", self.dims, "NAME=SIZE")
        for name, sizes in dims.items():
            if len(sizes) > 1:
                raise typer.BadParameter(f"{name} is one size", param_hint="--dim")
        return pipeline.load_network(
            self.name,
            self.batch,
            skip=self.skip,
            shapes=_numbers("--shape", self.shapes, "INPUT=SIZES"),
            dims={name: size for name, (size,) in dims.items()},
        )


def _numbers(option: str, texts: Sequence[str] | None, form: str) -> dict[str, list[int]]:
    """What stands before the last equals sign, and the whole numbers behind it."""
    said = dict[str, list[int]]()
    for text in texts or ():
        name, equals, sizes = text.rpartition("=")
        numbers = [size.strip() for size in sizes.split(",")]
        if not (name and equals and all(re.fullmatch(r"[0-9]{1,18}", size) for size in numbers)):
            raise typer.BadParameter(f"{text!r} is not {form}", param_hint=option)
        if name in said:
            raise typer.BadParameter(f"{name} is given twice", param_hint=option)
        said[name] = [int(size) for size in numbers]
    return said


def all_loaded(
    architecture: str,
    network: Named,
    changes: Sequence[str] | None,
    mapping: str | None,
    densities: Sequence[str] | None,
    bits: Sequence[str] | None,
) -> "tuple[Architecture, Network, Mapping | None]":
    """All three, with a note for a mapping that was written for another of the two, and for values
    that are counted as whole words of several widths.
    """
    from hwsim import pipeline
    from hwsim.report.estimates import range_warnings
    from hwsim.report.widths import width_warning

    chip = pipeline.load_architecture(architecture, changes or ())
    net = containing(network.load(), densities, bits)
    given = pipeline.load_mapping(mapping) if mapping else None
    if given:
        _note_what_it_is_for(given.document, "architecture", architecture, chip.name)
        _note_what_it_is_for(given.document, "network", network.name, net.name)
    for outside in range_warnings(chip):
        to_stderr(f"warning: {outside}")
    if counted := width_warning(chip, net.layers):
        to_stderr(f"note: {counted}")
    return chip, net, given


def containing(
    network: "Network", densities: Sequence[str] | None, bits: Sequence[str] | None
) -> "Network":
    """The network with what `--density` and `--bits` say of its tensors."""
    from hwsim import workload

    shares = (("--density", it) for it in densities or ())
    said = _all_of([*shares, *(("--bits", it) for it in bits or ())])
    return network.containing(workload.contents(said, network))


def warn_of_missing(network: "Network") -> None:
    """Tell on stderr what the network's totals lack, and what else is not known of it."""
    from hwsim.report.omissions import missing_warning

    for told in filter(None, (missing_warning(network), *network.notes)):
        to_stderr(f"warning: {told}")


def _all_of(given: "Sequence[tuple[str, str]]") -> "list[Document]":
    """The documents that options name or say, or all problems of all of them."""
    from hwsim.specification import SpecificationError, assigned, load

    documents, problems = list["Document"](), list["Problem"]()
    for option, text in given:
        try:
            says = option == "--bits" or ("=" in text and not Path(text).exists())
            documents.append(assigned(option, text) if says else load("density", text))
        except SpecificationError as error:
            problems += error.problems
    if problems:
        raise SpecificationError(problems)
    return documents


def _note_what_it_is_for(mapping: "Document", kind: "Kind", given: str, name: str) -> None:
    """Tell on stderr of a mapping that says it was written for another architecture or network."""
    from hwsim.importer import is_foreign
    from hwsim.specification import find, is_name

    wanted = mapping.data.get(kind)
    if wanted in (None, name, given):
        return
    if is_foreign(wanted) or not is_name(wanted):
        beside = Path(mapping.file).parent / wanted
        if beside.resolve() == find(kind, given).resolve():
            return
    to_stderr(f"note: {mapping.name} was written for {kind} {wanted}, not for {name}")
