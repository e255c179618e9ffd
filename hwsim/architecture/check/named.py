"""What the checks of an architecture document ask of it."""

from typing import Any

from hwsim.specification import Document


def named(document: Document, kind: str) -> dict[str, dict[str, Any]]:
    """The components of a kind."""
    parts = document.data["components"]
    return {name: part for name, part in parts.items() if part["kind"] == kind}
