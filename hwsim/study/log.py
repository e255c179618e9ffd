"""The folder of a sweep: its study, and a log to which each point is added when it is done."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import IO, Any, Final

from filelock import FileLock, Timeout

from hwsim.architecture.units import UNITS
from hwsim.errors import Error
from hwsim.study.study import CHIP_AREA, MEASURES, Study
from hwsim.writing import write_whole

STUDY_FILE: Final = "study.yaml"
LOG_FILE: Final = "points.jsonl"
LOCK_FILE: Final = ".lock"
#: What no result depends on.
UNTOLD: Final = ("name", "title", "measures")

#: What is known of a point: its measures, or the reason why it has none.
Found = dict[str, Any]


class NotInFolder(Error):
    """The folder cannot take the sweep."""

    folder: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.folder}: {self.reason}"


class AnotherStudy(Error):
    """The folder holds the points of a study that says something else."""

    folder: Path
    differs: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.folder}: holds points of a study that differs in {', '.join(self.differs)}:"
            " choose another folder, or --restart to begin anew in this one"
        )


@dataclass(frozen=True, slots=True)
class PointLog:
    """What is done, by the key of the point; a line is on the disk before the next point ends."""

    file: IO[bytes]
    done: dict[str, Found]

    def add(self, key: str, outcome: Found) -> None:
        """Write the outcome of a point; raises `OSError` where the disk takes no more."""
        self.done[key] = outcome
        self.file.write(json.dumps({"key": key, "outcome": outcome}).encode() + b"\n")
        self.file.flush()


@contextmanager
def log_in(folder: Path, study: Study, *, restart: bool) -> Iterator[PointLog]:
    """Yield the log of the study in the folder, which is made, for this sweep alone.

    A line that was cut off, as when power failed, or that no sweep has written, counts as none.

    Raises:
        NotInFolder: it cannot be made or written, or another sweep is at work there.
        AnotherStudy: it has the points of another one, and is not to begin anew.
    """
    lock = FileLock(folder / LOCK_FILE, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise NotInFolder(folder, "another sweep is at work in this folder") from None
    except OSError as error:
        raise NotInFolder(folder, error.strerror or str(error)) from None
    try:
        if restart:
            _kept_study(folder)
            (folder / LOG_FILE).unlink(missing_ok=True)
        else:
            _check_same(folder, study)
        write_whole(folder / STUDY_FILE, _text(study).encode())
        with (folder / LOG_FILE).open("a+b") as file:
            yield PointLog(file, _read(file))
    except OSError as error:
        raise NotInFolder(folder, error.strerror or str(error)) from None
    finally:
        lock.release()


def _read(file: IO[bytes]) -> dict[str, Found]:
    """Return what is done, and cut off what was not written to its end."""
    file.seek(0)
    done, whole = dict[str, Found](), 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        whole += len(line)
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            entry = json.loads(line)
            done[str(entry["key"])] = _outcome(entry["outcome"])
    file.truncate(whole)
    return done


def _outcome(said: Mapping[str, Any]) -> Found:
    """What a line says, if a sweep can have written it; else `ValueError` and the like."""
    if "reason" in said:
        return {"reason": str(said["reason"])}
    numbers = {name: said[name] for name in MEASURES}
    known = [it for name, it in numbers.items() if name != CHIP_AREA or it is not None]
    if any(type(it) not in (int, float) or not isfinite(it) for it in known):
        raise ValueError(numbers)
    if said["energy_unit"] not in UNITS or not isinstance(said["proven"], bool):
        raise ValueError(said)
    return {**numbers, "energy_unit": said["energy_unit"], "proven": said["proven"]}


def _text(study: Study) -> str:
    """The study as JSON, which is YAML: `hwsim sweep` takes the file."""
    return json.dumps(_told(study), indent=2) + "\n"


def _told(study: Study) -> Mapping[str, Any]:
    """The study's document; names of files are from the working folder on the disk's root."""
    said = dict(study.document.data)
    for key, column in (("architectures", "architecture"), ("networks", "network")):
        factor = next(each for each in study.factors if column in each[0])
        said[key] = [_absolute(setting[column]) for setting in factor]
    return said


def _absolute(name: str) -> str:
    return str(Path(name).resolve()) if Path(name).is_file() else name


def _check_same(folder: Path, study: Study) -> None:
    old = _kept_study(folder)
    if old is None:
        if (folder / LOG_FILE).exists():
            raise AnotherStudy(folder, ("all, as its study.yaml is gone",))
    elif differs := _differing(old, _told(study)):
        raise AnotherStudy(folder, differs)


def _kept_study(folder: Path) -> Mapping[str, Any] | None:
    """The study that a sweep has kept here; raises `NotInFolder` where it is somebody else's."""
    file = folder / STUDY_FILE
    if not file.exists():
        return None
    try:
        kept = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict):
        raise NotInFolder(folder, f"its {STUDY_FILE} was not written by a sweep")
    return kept


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys under which the studies say different things; of axes, each axis."""
    keys = [key for key in dict.fromkeys([*old, *new]) if key not in UNTOLD]
    found = []
    for key in keys:
        one, other = old.get(key), new.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += [f"{key}.{name}" for name in _differing(one, other)]
        elif json.dumps(one) != json.dumps(other):
            found.append(key)
    return tuple(found)
