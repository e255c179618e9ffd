"""A saved JSON report to one side of a comparison."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from hwsim.comparison.side import ComparedSide, LayerSide, Spent, spelt
from hwsim.errors import Error
from hwsim.specification.files import read_bytes

#: A report of a thousand layers has a few MiB.
LARGEST_REPORT_BYTES = 2**27
SCHEMA = Path(__file__).parents[1] / "schemas" / "report" / "v1.json"


class NoReport(Error):
    """A file is not a JSON report of `hwsim simulate`."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}{self.what}"


def saved(name: str, file: Path) -> ComparedSide:
    """Return the side that a report in a file tells.

    Raises:
        NoReport: it is none, as its schema says, or cannot be read.
    """
    report = _checked(str(file), _read(file))
    return ComparedSide(
        name=name,
        architecture=report["architecture"],
        network=report["network"],
        batch=report["batch"],
        energy_unit=report["energy_unit"],
        clock_mhz=report["clock_mhz"],
        declared=report["declared"],
        totals=_spent(report["totals"]),
        layers={each["name"]: _layer(each) for each in report["layers"]},
    )


def _read(file: Path) -> bytes:
    try:
        return read_bytes(file, LARGEST_REPORT_BYTES)
    except OSError as error:
        raise NoReport(str(file), f": cannot be read: {error.strerror or error}") from None


def _checked(file: str, text: bytes) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        report = json.loads(text)
    except UnicodeDecodeError:
        raise NoReport(file, ": is no text") from None
    except RecursionError:
        raise NoReport(file, ": is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NoReport(file, f":{error.lineno}:{error.colno}: is no JSON: {error.msg}") from None
    schema = json.loads(SCHEMA.read_text("utf-8"))
    if wrong := best_match(Draft202012Validator(schema).iter_errors(report)):
        what = f": {wrong.json_path}: {wrong.message[:200]}"
        raise NoReport(file, f"{what}; only what `hwsim simulate --format json` writes is compared")
    return report


def _layer(each: Mapping[str, Any]) -> LayerSide:
    loops = each["mapping"]["layers"][each["name"]]
    return LayerSide(
        spent=_spent(each), loops={place: spelt(those) for place, those in loops.items()}
    )


def _spent(entry: Mapping[str, Any]) -> Spent:
    return Spent(
        energy=_exact(entry["energy"]),
        cycles=entry["cycles"],
        by_component={name: _exact(it) for name, it in entry["by_component"].items()},
        by_tensor={name: _exact(it) for name, it in entry["by_tensor"].items()},
    )


def _exact(number: int | float) -> Fraction:
    return Fraction(str(number))
