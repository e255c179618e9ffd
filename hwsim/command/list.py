"""`hwsim list`: the architectures, networks and mappings that are shipped."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from hwsim.command.output import to_stdout

Entries = dict[str, list[dict[str, Any]]]


class Format(StrEnum):
    """How the list is written."""

    text = "text"
    json = "json"


def list_(
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
) -> None:
    """List what is shipped."""
    entries = _entries()
    if form is Format.json:
        import json

        to_stdout(json.dumps(entries, indent=2) + "\n")
    else:
        to_stdout(_text(entries))


def _entries() -> Entries:
    from hwsim.specification import load, shipped

    return {
        "architectures": [
            _titled(name, load("architecture", name).data) for name in shipped("architecture")
        ],
        "networks": [_network(name) for name in shipped("network")],
        "mappings": [_mapping(name, load("mapping", name).data) for name in shipped("mapping")],
    }


def _titled(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": data.get("title", "")}


def _network(name: str) -> dict[str, Any]:
    from hwsim.specification import load
    from hwsim.workload import build

    document = load("network", name)
    network = build(document)
    return {
        **_titled(name, document.data),
        "layers": len(network.layers),
        "weights": network.weights,
        "macs": network.macs,
    }


def _mapping(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        **_titled(name, data),
        "architecture": data.get("architecture"),
        "network": data.get("network"),
        "layers": [*data["layers"]],
    }


def _text(entries: Entries) -> str:
    """Names in one column, what they are in the next."""
    width = max(len(entry["name"]) for listed in entries.values() for entry in listed)
    lines = list[str]()
    for heading, listed in entries.items():
        lines += ["", heading] if lines else [heading]
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
