"""Solved mappings on disk, addressed by all that they depend on: a layer's shape to its mapping."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Mover
from hwsim.mapper import Certificate, Limits, Mapped, Options
from hwsim.mapping.nest import Loop, Nest
from hwsim.mapping.pair import Pair
from hwsim.memo import Memo
from hwsim.sparsity.formats.named import brought
from hwsim.sparsity.width import stored_bits
from hwsim.specification.files import read_bytes
from hwsim.vocabulary import Objective, Tiles
from hwsim.workload.layer import Layer
from hwsim.writing import LEFT, write_whole

#: The variable that names another folder than the user's cache.
FOLDER = "HWSIM_CACHE_DIR"
#: What of the package a mapping depends on: when any of it changes, everything is solved anew.
SOLVER = (
    "accesses/*.py",
    "architecture/*.py",
    "architecture/components/*.py",
    "cache.py",
    "cost/*.py",
    "mapper/*.py",
    "mapping/*.py",
    "memo.py",
    "priced.py",
    "sparsity/*.py",
    "sparsity/formats/*.py",
    "vocabulary.py",
    "workload/*.py",
)

#: What no mapping depends on: an area; and a leakage, but for the energy of a cycle.
OF_NO_NEST = ("area_mm2", "leakage_mw")

LARGEST_ENTRY_BYTES = 2**20
#: As large as a mapping may say.
LARGEST_TILE = 2**40

#: More nests than any space has: beyond, what is kept is none of ours.
MOST_NESTS = 10**300

#: What a cache is made of: folders, and entries in them.
PART = re.compile(r"[0-9a-f]{2}")
ENTRY = re.compile(r"[0-9a-f]{64}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder of solved mappings, for `simulate` and `Oracle`; `user_cache` is the command's.

    Readers and writers at the same time do no harm, nor does an interrupted writer. What cannot be
    read, or is not what was written for that key, counts as missing. What cannot be written is not
    kept. Other files in the folder are left alone.
    """

    folder: Path

    def find(self, key: str) -> Mapped | None:
        """The mapping of that key, if it is there and whole."""
        try:
            digest, text = read_bytes(self._file(key), LARGEST_ENTRY_BYTES).decode().split("\n", 1)
            return _from_json(json.loads(text)) if digest == _digest(key + text) else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, key: str, mapped: Mapped) -> None:
        """Write the mapping of that key, if it can be written."""
        text = json.dumps(_to_json(mapped))
        file = self._file(key)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, f"{_digest(key + text)}\n{text}".encode())

    def entries(self) -> list[Path]:
        """The file of every entry; raises `OSError` where the folder cannot be read."""
        return self._files(ENTRY)

    def clear(self) -> int:
        """Remove every entry, and what interrupted writers left; how many entries there were.

        Raises `OSError` where that cannot be done.
        """
        entries = self.entries()
        for file in (*entries, *self._files(LEFT)):
            file.unlink(missing_ok=True)
        for part in self._parts():
            with suppress(OSError):  # not empty: something else is there, or a new entry
                part.rmdir()
        return len(entries)

    def _files(self, kind: re.Pattern[str]) -> list[Path]:
        files = [file for part in self._parts() for file in _listed(part)]
        return [file for file in files if kind.fullmatch(file.name)]

    def _parts(self) -> list[Path]:
        parts = [part for part in _listed(self.folder) if PART.fullmatch(part.name)]
        return [part for part in parts if part.is_dir()]

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing in one that is not there."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def user_cache() -> Cache:
    """The cache of this user: `$HWSIM_CACHE_DIR`, or a folder in the system's place for caches."""
    folder = os.environ.get(FOLDER)
    return Cache(folder=Path(folder) if folder else user_cache_path("hwsim") / "mappings")


def keys(pairs: Sequence[Pair], options: Options | Sequence[Options]) -> list[str]:
    """The address of each pair's mapping under its options: a digest of all that it depends on.

    A layer's name is no part of that, nor how many times it runs: what is kept is of one run; nor
    the time that its search may take, which the mapping tells itself if it mattered. An
    architecture that pairs share is read once.
    """
    chips = Memo()

    def key(pair: Pair, asked: Options) -> str:
        chip, layer = pair
        of_chip, formats = chips.recall(id(chip), lambda: (_of_architecture(chip), brought(chip)))
        return _digest(
            of_chip + _of_options(asked) + _of_layer(layer) + _of_formats(formats, layer)
        )

    asked = [options] * len(pairs) if isinstance(options, Options) else options
    return [key(pair, own) for pair, own in zip(pairs, asked, strict=True)]


def _of_options(options: Options) -> str:
    """All that is asked which a mapping depends on."""
    return json.dumps({name: it for name, it in asdict(options).items() if name != "seconds"})


def _of_layer(layer: Layer) -> str:
    """All of a layer that a mapping depends on."""
    parts = {
        "bounds": layer.bounds,
        "tensors": {
            tensor: [rank.terms for rank in ranks] for tensor, ranks in layer.tensors.items()
        },
        "data": {
            name: sorted((str(what), str(value)) for what, value in facts.items())
            for name, facts in asdict(layer.data).items()
        },
        "maps": layer.maps,
        "stands_for": layer.stands_for,
    }
    return json.dumps(parts, default=_plain)


def _of_formats(formats: Iterable[tuple[Mover, str]], layer: Layer) -> str:
    """The sizes that a mapping depends on in formats of other packages, whose source is no part of
    the solver's.
    """
    sizes = [(part.name, tensor, str(stored_bits(part, layer, tensor))) for part, tensor in formats]
    return json.dumps(sizes) if sizes else ""


def _of_architecture(architecture: Architecture) -> str:
    """All of an architecture that a mapping depends on."""
    parts = {
        "solver": _solver(),
        "charge_by": architecture.charge_by,
        "operands": architecture.operands,
        "components": [
            {name: it for name, it in asdict(part).items() if name not in OF_NO_NEST}
            for part in architecture.components.values()
        ],
        "static": sorted((name, str(each)) for name, each in architecture.static.items()),
        "kinds": [type(part).__name__ for part in architecture.components.values()],
        "routes": architecture.routes,
        "dataflow": {
            place: asdict(rule) for place, rule in architecture.dataflow.constraints.items()
        },
    }
    return json.dumps(parts, default=_plain)


def _plain(value: Mapping[str, Any] | Fraction) -> dict[str, Any] | str:
    return str(value) if isinstance(value, Fraction) else dict(value)


@cache
def _solver() -> str:
    """The version of the solver: a digest of its source."""
    package = Path(__file__).parent
    files = [file for pattern in SOLVER for file in sorted(package.glob(pattern))]
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _to_json(mapped: Mapped) -> dict[str, Any]:
    return {
        "nest": {
            place: [[loop.dimension, loop.tile] for loop in loops]
            for place, loops in mapped.nest.loops_at.items()
        },
        "bypassed": mapped.nest.bypassed,
        "certificate": asdict(mapped.certificate),
        "seconds": mapped.seconds,
    }


def _from_json(data: dict[str, Any]) -> Mapped:
    """The mapping; raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    known = data["certificate"]
    enums = {"objective": Objective(known["objective"]), "tiles": Tiles(known["tiles"])}
    values = {name: known[name] for name in ("value", "lower_bound")}
    within = Limits(**known["within"])
    counts = [known[name] for name in known.keys() - {*enums, *values, "within"}]
    if not all(type(value) in (int, float) for value in values.values()):
        raise TypeError("a certificate has values")
    if not all(type(number) is int and 0 <= number < MOST_NESTS for number in counts):
        raise TypeError("a certificate counts nests")
    return Mapped(
        nest=Nest(
            loops_at={
                place: tuple(_loop(place, name, tile) for name, tile in loops)
                for place, loops in data["nest"].items()
            },
            bypassed={place: tuple(tensors) for place, tensors in data["bypassed"].items()},
        ),
        certificate=Certificate(**{**known, **enums, "within": within}),
        seconds=data["seconds"],
    )


def _loop(place: str, name: object, tile: object) -> Loop:
    if not (isinstance(name, str) and isinstance(tile, int) and 1 <= tile <= LARGEST_TILE):
        raise ValueError("a loop is of a dimension, and has a tile")
    return Loop(place=place, dimension=name, tile=tile)
