"""What the user named, loaded: an architecture, a network, and perhaps a mapping for them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from hwsim.architecture.architecture import Architecture
    from hwsim.mapping.mapping import Mapping
    from hwsim.specification import Document, Kind
    from hwsim.workload.network import Network


def loaded(
    architecture: str,
    network: str,
    batch: int | None,
    changes: Sequence[str],
    mapping: str | None,
) -> "tuple[Architecture, Network, Mapping | None]":
    """All three, with a note for a mapping that was written for another of the two."""
    from hwsim import pipeline

    chip = pipeline.load_architecture(architecture, changes)
    net = pipeline.load_network(network, batch)
    given = pipeline.load_mapping(mapping) if mapping else None
    if given:
        _note_what_it_is_for(given.document, "architecture", architecture, chip.name)
        _note_what_it_is_for(given.document, "network", network, net.name)
    return chip, net, given


def _note_what_it_is_for(mapping: "Document", kind: "Kind", given: str, name: str) -> None:
    """Tell on stderr of a mapping that says it was written for another architecture or network."""
    from hwsim.specification import find, is_name

    wanted = mapping.data.get(kind)
    if wanted in (None, name, given):
        return
    if not is_name(wanted):
        beside = Path(mapping.file).parent / wanted
        if beside.resolve() == find(kind, given).resolve():
            return
    typer.echo(f"note: {mapping.name} was written for {kind} {wanted}, not for {name}", err=True)
