"""What a file says of a component, to the properties that its energies may follow."""

from collections.abc import Mapping
from typing import Any, Final

from hwsim.architecture.components.bandwidth import PORTS
from hwsim.estimators import Value

#: Keys of a component that estimators read; how long words take follows ports, too.
PHYSICAL: Final = (
    "technology_nm",
    "access_bits",
    "banks",
    PORTS,
    "transistors",
    "dram",
    "length_mm",
    "arithmetic",
)
ATTRIBUTES: Final = "attributes"
CAPACITIES: Final = ("capacity_bytes", "capacity_words")
#: What a capacity is called by estimators: bytes, and words.
SIZES: Final = ("capacity_bytes", "entries")


def properties(part: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Value]:
    """The properties of a component of a file, by the names that estimators have for them.

    >>> part = {"kind": "storage", "capacity_words": 12, "attributes": {"cell": "6T"}}
    >>> properties(part, {"technology_nm": 65})
    {'cell': '6T', 'word_bits': 16, 'access_bits': 16, 'capacity_bytes': 24, 'entries': 12,
    'technology_nm': 65}
    """
    bits: int = part.get("word_bits", data.get("word_bits", 16))
    found: dict[str, Value] = {**part.get(ATTRIBUTES, {}), "word_bits": bits}
    if part["kind"] == "storage":
        found |= {"access_bits": bits, **_size(part, bits)}
    of_file = {"technology_nm": data["technology_nm"]} if "technology_nm" in data else {}
    said = {key: part[key] for key in PHYSICAL if key in part}
    if isinstance(ports := said.get(PORTS), Mapping):
        said[PORTS] = sum(ports.values())
    return found | of_file | said


def keys_said(part: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The keys under which a file says what a component's energies may follow, and what each is to
    estimators.
    """
    keys: dict[str, tuple[str, ...]] = {key: SIZES for key in CAPACITIES if key in part}
    keys |= {key: (key,) for key in PHYSICAL if key in part or (key == "technology_nm" in data)}
    return keys | {f"{ATTRIBUTES}.{key}": (key,) for key in part.get(ATTRIBUTES, {})}


def elsewhere(part: Mapping[str, Any], at: Mapping[str, Any]) -> dict[str, Any]:
    """The component as `at` says it was."""
    capacities = CAPACITIES if any(key in at for key in CAPACITIES) else ()
    kept = {key: value for key, value in part.items() if key not in capacities}
    attributes = part.get(ATTRIBUTES, {}) | at.get(ATTRIBUTES, {})
    return {**kept, **at, **({ATTRIBUTES: attributes} if attributes else {})}


def _size(part: Mapping[str, Any], bits: int) -> dict[str, Value]:
    """The whole of a capacity in bytes and in words; nothing where there is no end."""
    key = next((key for key in CAPACITIES if key in part), None)
    if key is None:
        return {}
    capacity = part[key]
    amount: int = sum(capacity.values()) if isinstance(capacity, dict) else capacity
    if key == "capacity_bytes":
        return dict(zip(SIZES, (amount, amount * 8 // bits), strict=True))
    whole, rest = divmod(amount * bits, 8)
    return dict(zip(SIZES, (whole if not rest else amount * bits / 8, amount), strict=True))
