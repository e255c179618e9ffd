"""`hwsim list`: the architectures, networks, mappings and densities that are shipped."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwsim.command.output import to_stdout

if TYPE_CHECKING:
    from hwsim.specification import Document

Entries = dict[str, list[dict[str, Any]]]


class ListForm(StrEnum):
    """How the list is written."""

    text = "text"
    json = "json"


def list_(
    form: Annotated[
        ListForm, typer.Option("--format", help="Write the list in this form.")
    ] = ListForm.text,
) -> None:
    """List what is shipped."""
    entries = _entries()
    if form is ListForm.json:
        import json

        to_stdout(json.dumps(entries, indent=2) + "\n")
    else:
        to_stdout(_text(entries))


def _entries() -> Entries:
    from hwsim.specification import load, shipped

    return {
        "architectures": [
            _titled(file, load("architecture", file)) for file in shipped("architecture").values()
        ],
        "networks": [_network(file) for file in shipped("network").values()],
        "mappings": [_mapping(file, load("mapping", file)) for file in shipped("mapping").values()],
        "densities": [
            _density(file, load("density", file)) for file in shipped("density").values()
        ],
    }


def _titled(file: Path, document: "Document") -> dict[str, Any]:
    return {"name": file.stem, "title": document.data.get("title", ""), "file": str(file)}


def _network(file: Path) -> dict[str, Any]:
    from hwsim.specification import load
    from hwsim.workload import build

    document = load("network", file)
    network = build(document)
    return {
        **_titled(file, document),
        "layers": len(network.layers),
        "weights": network.weights,
        "macs": network.macs,
    }


def _mapping(file: Path, document: "Document") -> dict[str, Any]:
    return {
        **_titled(file, document),
        "architecture": document.data.get("architecture"),
        "network": document.data.get("network"),
        "layers": [*document.data["layers"]],
    }


def _density(file: Path, document: "Document") -> dict[str, Any]:
    return {
        **_titled(file, document),
        "network": document.data.get("network"),
        "layers": [*document.data["layers"]],
    }


def _text(entries: Entries) -> str:
    """Under each heading and its folder, names in one column, what they are in the next."""
    from hwsim.specification.files import shown

    width = max(len(entry["name"]) for listed in entries.values() for entry in listed)
    lines = list[str]()
    for heading, listed in entries.items():
        folder = shown(Path(listed[0]["file"]).parent)
        lines += [*([""] if lines else []), f"{heading} in {folder}"]
        for entry in listed:
            first, *more = _described(entry)
            lines.append(f"  {entry['name']:<{width}}  {first}".rstrip())
            lines += [f"  {'':<{width}}  {line}" for line in more]
    return "\n".join(lines) + "\n"


def _described(entry: dict[str, Any]) -> list[str]:
    from hwsim.report.figures import si

    lines = [entry["title"]]
    if "macs" in entry:
        sizes = f"{si(entry['weights'])} weights, {si(entry['macs'])} MACs"
        lines.append(f"{entry['layers']} layers, {sizes}")
    elif "layers" in entry:
        lines.append(", ".join(entry["layers"]))
    return lines
