"""What estimators of other programs said, in a file beside the architecture: on a machine that
lacks them, or has others, it says the same.

A lock file is JSON that `hwsim lock` writes. A question that it answers is not asked again; one
that it does not know is asked, if there is somebody to ask.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hwsim.errors import Error
from hwsim.estimators import Action, CannotEstimate, Estimate, Estimator, NotInstalled, Value
from hwsim.specification import Document
from hwsim.specification.files import exists, fault, read_text, shown

SUFFIX: Final = ".lock"
SCHEMA: Final = "hwsim/lock/v1"
ABOUT: Final = "What estimators outside of hwsim said of {}; written by `hwsim lock`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What each estimator of the `file` is, by its name, and its answers by what was asked."""

    file: str
    estimators: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """An estimator that says what a lock has, and else what the `live` one says, or why there is
    none.
    """

    lock: Lock
    name: str
    unit: str
    takes: tuple[str, ...]
    cancels: Mapping[str, float]
    live: Estimator | str

    def estimate(self, action: Action) -> Estimate:
        """The answer, which may be an old one."""
        if (kept := self.lock.answers.get(_question(self, action))) is not None:
            return kept
        if isinstance(self.live, str):
            raise CannotEstimate(f"is not to be had: {self.live}; {self._stale(action)}")
        try:
            return self.live.estimate(action)
        except NotInstalled as error:
            raise CannotEstimate(f"{error}; {self._stale(action)}") from error

    def _stale(self, action: Action) -> str:
        about = ", ".join(f"{name} {value}" for name, value in _that_matter(self, action).items())
        return f"{self.lock.file} is out of date: it has no {action.name} of {about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An estimator that keeps what it is asked, and what it says."""

    live: Estimator
    kept: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As the live one."""
        return self.live.name

    @property
    def unit(self) -> str:
        """As the live one."""
        return self.live.unit

    @property
    def takes(self) -> tuple[str, ...]:
        """As the live one."""
        return self.live.takes

    @property
    def cancels(self) -> Mapping[str, float]:
        """As the live one."""
        return self.live.cancels

    def estimate(self, action: Action) -> Estimate:
        """What the live one says."""
        estimate = self.live.estimate(action)
        if isinstance(estimate, Estimate):
            asked = {"estimator": self.name, "kind": action.kind, "action": action.name}
            about = {"properties": _that_matter(self, action)}
            self.kept.append({**asked, **about, **asdict(estimate)})
        return estimate


def place(document: Document) -> Path:
    """Where the document's lock file is, or would be."""
    return Path(document.file).with_suffix(SUFFIX)


def text(document: Document, recorded: list[Recording]) -> str:
    """The lock file of a document: each question once."""
    kept = {_key(one): one for each in recorded for one in each.kept}
    estimators = {
        one.name: {"unit": one.unit, "takes": list(one.takes), "cancels": dict(one.cancels)}
        for one in recorded
    }
    about = {"schema": SCHEMA, "about": ABOUT.format(Path(document.file).name)}
    said = {**about, "estimators": estimators, "estimates": list(kept.values())}
    return json.dumps(said, indent=2) + "\n"


def lock_of(document: Document) -> Lock | None:
    """The document's lock; raises `SpecificationError` where the file is none."""
    path = place(document)
    if not exists(path):
        return None
    file, said = shown(path), read_text(path)
    try:
        data = json.loads(said)
    except json.JSONDecodeError as error:
        raise fault(file, f"{error.msg}: {ANEW}", None, error.lineno, error.colno) from None
    try:
        return _lock(file, data)
    except (KeyError, TypeError, ValueError, AttributeError, Error):
        raise fault(file, f"is not what hwsim writes: {ANEW}") from None


ANEW: Final = "write it anew, with `hwsim lock`"
#: What of an entry is the answer.
ANSWER: Final = ("value", "formula", "source", "valid", "spread", "basis")


def _lock(file: str, data: Mapping[str, Any]) -> Lock:
    if data["schema"] != SCHEMA:
        raise ValueError(data["schema"])
    estimators = {
        str(name): {
            "unit": str(one["unit"]),
            "takes": tuple(map(str, one["takes"])),
            "cancels": {str(key): float(value) for key, value in one["cancels"].items()},
        }
        for name, one in data["estimators"].items()
    }
    answers = {
        _key(one): Estimate(**{key: one[key] for key in ANSWER}) for one in data["estimates"]
    }
    return Lock(file=file, estimators=estimators, answers=answers)


def locked(name: str, live: Estimator | str, lock: Lock | None) -> Estimator | str:
    """The estimator with the lock before it; as it is, where there is no lock of it."""
    if lock is None or name not in lock.estimators:
        return live
    if isinstance(live, str):
        return Locked(lock=lock, name=name, live=live, **lock.estimators[name])
    return Locked(
        lock=lock,
        name=name,
        unit=live.unit,
        takes=tuple(live.takes),
        cancels=live.cancels,
        live=live,
    )


def _that_matter(estimator: Estimator, action: Action) -> dict[str, Value]:
    names = ("word_bits", *estimator.takes)
    return {name: action.properties[name] for name in names if name in action.properties}


def _question(estimator: Estimator, action: Action) -> str:
    about = _that_matter(estimator, action)
    asked = {"estimator": estimator.name, "kind": action.kind, "action": action.name}
    return _key({**asked, "properties": about})


def _key(entry: Mapping[str, Any]) -> str:
    """What is asked, whichever way its numbers are written.

    >>> asked = {"estimator": "cacti", "kind": "storage", "action": "read"}
    >>> one, other = ({**asked, "properties": {"technology_nm": nm}} for nm in (65, 65.0))
    >>> _key(one) == _key(other)
    True
    """
    about = {name: _plain(value) for name, value in entry["properties"].items()}
    return json.dumps([entry["estimator"], entry["kind"], entry["action"], about], sort_keys=True)


def _plain(value: Value) -> Value:
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value
