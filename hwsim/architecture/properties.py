"""What a file says of a component, to the properties that its energies may follow."""

from collections.abc import Mapping
from typing import Any, Final

from hwsim.architecture.components.bandwidth import PORTS
from hwsim.estimators import Value
from hwsim.estimators.supply import VOLTAGE

#: Keys that a file says of all components, where one does not say its own.
FILE_WIDE: Final = ("technology_nm", VOLTAGE)
#: Keys of a component that estimators read; how long words take follows ports, too.
PHYSICAL: Final = (
    *FILE_WIDE,
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
    said = {key: part[key] for key in PHYSICAL if key in part}
    if isinstance(ports := said.get(PORTS), Mapping):
        said[PORTS] = sum(ports.values())
    return found | of_file(part, data) | said


def of_file(part: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says of all components, as far as it is of this one: the voltage is that of the
    chip, on which a storage without a capacity is not.

    >>> of_file({"kind": "storage"}, {"technology_nm": 65, "voltage_v": 1})
    {'technology_nm': 65}
    """
    sized = part["kind"] == "storage" and any(key in part for key in CAPACITIES)
    supplied = sized or part["kind"] in ("network", "compute")
    return {key: data[key] for key in FILE_WIDE if key in data and (supplied or key != VOLTAGE)}


def keys_said(part: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The keys under which a file says what a component's energies may follow, and what each is to
    estimators.
    """
    keys: dict[str, tuple[str, ...]] = {key: SIZES for key in CAPACITIES if key in part}
    keys |= {key: (key,) for key in PHYSICAL if key in part or key in of_file(part, data)}
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
