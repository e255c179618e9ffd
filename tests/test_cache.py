"""The cache: whatever becomes of its files, a mapping that it gives is the one that was solved."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hwsim.cache
from hwsim import load_architecture, load_network, simulate
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, keys, user_cache
from hwsim.mapper import Options, mapped
from hwsim.mapping.pair import Pair
from hwsim.solve import solve
from hwsim.specification import Document, SpecificationError, load
from hwsim.vocabulary import DIMENSIONS, OUTPUTS, Objective, Tiles
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, convolution, fully_connected, network, storage
from tests.command.call import CHIP, NET, ROOT

CHIPS = (CHIP, "eyeriss")
#: What no mapping depends on.
NAMES = {"name", "title", "source", "clock_mhz", "energy_unit", "dataflow.name"}


def key(chip: Architecture, layer: Layer, options: Options) -> str:
    """The address of one mapping."""
    (only,) = keys([Pair(chip, layer)], options)
    return only


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test keeps its mappings; it does not exist yet."""
    return tmp_path / "some" / "folder"


@pytest.fixture(scope="module")
def chip() -> Architecture:
    """The small chip."""
    return load_architecture(CHIP)


@pytest.fixture(scope="module")
def layers() -> tuple[Layer, ...]:
    """The small network's two layers."""
    return load_network(NET).layers


# --- Files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", Objective)
@pytest.mark.parametrize("limit", [None, 1])
def test_what_is_kept_is_found_as_it_was(
    folder: Path,
    chip: Architecture,
    layers: tuple[Layer, ...],
    objective: Objective,
    limit: int | None,
) -> None:
    """A mapping and its certificate come back equal; what was not kept is missing."""
    options = Options(objective=objective, limit=limit)
    cache = Cache(folder=folder)
    for layer in layers:
        found, address = mapped(chip, layer, options), key(chip, layer, options)
        assert cache.find(address) is None
        cache.keep(address, found)
        assert cache.find(address) == found
    assert len(cache.entries()) == len(layers)


@pytest.mark.parametrize(
    ("asked", "found"), [(1.0, True), (2.0, True), (3.0, False), (None, False)]
)
def test_what_time_ended_is_no_answer_to_who_has_more(
    folder: Path, chip: Architecture, layers: tuple[Layer, ...], asked: float | None, found: bool
) -> None:
    """A mapping that two seconds found is one for who waits as long; else it is searched again."""
    cache, layer = Cache(folder=folder), layers[0]
    ended = replace(mapped(chip, layer, Options(limit=1)), seconds=2.0)
    options = Options(limit=1, seconds=asked)
    cache.keep(key(chip, layer, options), ended)
    assert list(solve(chip, [layer], options, cache=cache))
    left = cache.find(key(chip, layer, options))
    assert left
    assert (left == ended) == found
    assert left.seconds == (2.0 if found else None)


def test_a_proof_is_one_however_long_it_may_take(
    folder: Path, chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """What was found in time is found by all who ask."""
    cache = Cache(folder=folder)
    for seconds in (60, 0.001, None):
        list(solve(chip, layers, Options(seconds=seconds), cache=cache))
        assert len(cache.entries()) == len(layers)


@pytest.fixture
def whole(folder: Path, chip: Architecture, layers: tuple[Layer, ...]) -> Path:
    """The entry of the small network's first layer, on disk."""
    cache = Cache(folder=folder)
    cache.keep(key(chip, layers[0], Options()), mapped(chip, layers[0]))
    (entry,) = cache.entries()
    return entry


def test_a_damaged_entry_is_missing(whole: Path) -> None:
    """Cut off anywhere, or with any one bit turned, an entry is not taken."""
    cache, content = Cache(folder=whole.parents[1]), whole.read_bytes()
    assert cache.find(whole.stem)
    for at, byte in enumerate(content):
        for damaged in (
            content[:at],
            content[:at] + bytes([byte ^ 1 << at % 8]) + content[at + 1 :],
        ):
            whole.write_bytes(damaged)
            assert cache.find(whole.stem) is None
    whole.write_bytes(content + b" ")
    assert cache.find(whole.stem) is None


def test_an_entry_of_another_key_is_missing(
    whole: Path, chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """An entry that was moved to another one's place is not taken there."""
    other = key(chip, layers[1], Options())
    moved = whole.parents[1] / other[:2] / f"{other}.json"
    moved.parent.mkdir(exist_ok=True)
    moved.write_bytes(whole.read_bytes())
    assert Cache(folder=whole.parents[1]).find(other) is None


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"{}", b"0\n{}"])
def test_a_damaged_entry_is_solved_again_and_replaced(
    whole: Path, chip: Architecture, layers: tuple[Layer, ...], damage: bytes
) -> None:
    """The result is the right one, and so is the entry from then on."""
    content, right = whole.read_bytes(), simulate(chip, load_network(NET))
    whole.write_bytes(damage)
    again = simulate(chip, load_network(NET), cache=Cache(folder=whole.parents[1]))
    assert [layer.nest for layer in again.layers] == [layer.nest for layer in right.layers]
    assert whole.read_bytes() == content


def forge(entry: Path, **certificate: float) -> None:
    """An entry whose digest fits, with its nest all in the innermost storage, and this said."""
    data = json.loads(entry.read_text("utf-8").split("\n", 1)[1])
    *others, last = data["nest"]
    loops = [loop for place in data["nest"] for loop in data["nest"][place]]
    data["nest"] = {**dict.fromkeys(others, ()), last: [[name, 1] for name, _ in loops]}
    data["certificate"] |= certificate
    text = json.dumps(data)
    entry.write_text(f"{sha256((entry.stem + text).encode()).hexdigest()}\n{text}", "utf-8")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_forged_entry_is_solved_again_and_replaced(
    whole: Path, chip: Architecture, jobs: int
) -> None:
    """What the digest lets through is only taken if it fits and costs what it says."""
    content, right = whole.read_bytes(), simulate(chip, load_network(NET))
    value = 0.365 * right.layers[0].energy
    forge(whole, value=value, lower_bound=value)
    cache = Cache(folder=whole.parents[1])
    assert cache.find(whole.stem)
    again = simulate(chip, load_network(NET), cache=cache, jobs=jobs)
    assert again == right
    assert whole.read_bytes() == content


@pytest.mark.parametrize(
    "nonsense",
    [
        '{"nest": 3}',
        "[" * 100_000,
        '{"nest": {"dram": [["M", 0]]}, "bypassed": {}, "certificate": {}}',
        '{"nest": {"dram": [[[], 1]]}, "bypassed": {}, "certificate": {}}',
    ],
    ids=lambda text: text[:40],
)
def test_an_entry_that_is_no_mapping_is_missing(whole: Path, nonsense: str) -> None:
    """Its digest may fit; what does not read as a mapping is none."""
    content = json.loads(whole.read_text("utf-8").split("\n", 1)[1])
    text = nonsense.replace(
        '"certificate": {}', f'"certificate": {json.dumps(content["certificate"])}'
    )
    digest = sha256((whole.stem + text).encode()).hexdigest()
    whole.write_text(f"{digest}\n{text}", "utf-8")
    assert Cache(folder=whole.parents[1]).find(whole.stem) is None


def test_writers_and_readers_do_not_disturb_each_other(
    folder: Path, chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """Whoever reads while others write finds nothing, or all; nothing but the entry is left."""
    cache, address, found = Cache(folder=folder), "0" * 64, mapped(chip, layers[0])

    def write_and_read(_: int) -> bool:
        cache.keep(address, found)
        return cache.find(address) == found

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_read, range(400)))
    assert [file.name for file in folder.rglob("*") if file.is_file()] == [f"{address}.json"]


def test_an_interrupted_writer_does_no_harm(
    whole: Path, layers: tuple[Layer, ...], chip: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between writing and moving leaves the old entry, and no other file."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    content = whole.read_bytes()
    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Cache(folder=whole.parents[1]).keep(whole.stem, mapped(chip, layers[1]))
    assert whole.read_bytes() == content
    assert [*whole.parent.iterdir()] == [whole]


def left_by_a_killed_writer(entry: Path) -> Path:
    """A half-written file beside an entry."""
    left = entry.with_name(f".hwsim-{'f' * 32}")
    left.write_bytes(entry.read_bytes()[:100])
    return left


def test_clear_removes_all_that_the_cache_wrote(whole: Path) -> None:
    """Entries, which are counted, and what killed writers left, which are not; the folder stays."""
    cache, left = Cache(folder=whole.parents[1]), left_by_a_killed_writer(whole)
    assert cache.entries() == [whole]
    assert cache.clear() == 1
    assert not left.exists()
    assert [*cache.folder.iterdir()] == []
    assert cache.clear() == 0


def test_clear_leaves_alone_what_it_did_not_write(whole: Path) -> None:
    """A folder that has other uses, too, keeps its other files."""
    folder = whole.parents[1]
    others = [
        folder / "report.json",
        folder / "ab" / "package.json",
        folder / "ab" / ".hidden",
        folder / "src" / f"{'0' * 64}.json",
        folder / "db" / f"{'0' * 63}g.json",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.touch()
    (folder / "zz").mkdir()
    short = folder / ("cd" if whole.parent.name != "cd" else "ef")
    short.touch()
    cache = Cache(folder=folder)
    assert cache.entries() == [whole]
    assert cache.clear() == 1
    assert all(other.exists() for other in (*others, folder / "zz", short))


def test_a_folder_that_is_not_there_is_empty(folder: Path) -> None:
    """Nothing is in it, nothing is to be removed, and looking does not make it."""
    cache = Cache(folder=folder)
    assert (cache.entries(), cache.clear(), cache.find("0" * 64)) == ([], 0, None)
    assert not folder.exists()


def unwritable(folder: Path) -> Iterator[Path]:
    """Places where no folder can be made, or nothing can be written into it."""
    file, closed = folder / "file", folder / "closed"
    file.touch()
    yield from (file, file / "below", folder / ("x" * 300))
    if os.geteuid():  # root may write anywhere
        closed.mkdir(mode=0o500)
        yield closed


def test_what_cannot_be_written_is_not_kept(tmp_path: Path, chip: Architecture) -> None:
    """A simulation does not depend on its cache."""
    for place in unwritable(tmp_path):
        cache = Cache(folder=place)
        assert simulate(chip, load_network(NET), cache=cache).layers
        assert cache.find("0" * 64) is None


def test_tests_have_a_cache_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes what the user keeps."""
    assert user_cache().folder.is_relative_to(tmp_path_factory.getbasetemp())


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """`$HWSIM_CACHE_DIR` is the folder; where it is not set or empty, the system's place is."""
    monkeypatch.setenv(hwsim.cache.FOLDER, str(folder))
    assert user_cache().folder == folder
    monkeypatch.setenv(hwsim.cache.FOLDER, "")
    assert user_cache().folder.parts[-2:] == ("hwsim", "mappings")
    monkeypatch.delenv(hwsim.cache.FOLDER)
    assert user_cache().folder.parts[-2:] == ("hwsim", "mappings")


# --- Keys ------------------------------------------------------------------------------------


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document by its path; lists are values."""
    if not isinstance(value, dict):
        yield path, value
        return
    for name, part in value.items():
        yield from leaves(part, f"{path}.{name}" if path else name)


WORDS = (
    *("transfer", "action", "every_mac", "latched", "charged", "free", "forwarded"),
    *("mac", "pJ", "another"),
)


def others(value: Any) -> Iterator[Any]:
    """Values that might stand in its place."""
    if isinstance(value, str):
        yield from (word for word in WORDS if word != value)
    elif isinstance(value, list):
        yield from (value[::-1], value[1:], value[:-1], [*value, *DIMENSIONS])
    else:
        yield 2 * value if value else 7


def changes(document: Document) -> Iterator[tuple[str, Architecture]]:
    """The architecture with one value of its document changed, in every way that still builds."""
    for path, value in leaves(document.data):
        for other in others(value):
            try:
                yield path, load_architecture(document.file, {path: other})
            except SpecificationError:
                continue


def parts_that_count(chip: Architecture) -> tuple[object, ...]:
    """All of an architecture but its names; components in order."""
    unnamed = replace(
        chip,
        name="",
        title="",
        source="",
        energy_unit="pJ",
        clock_mhz=None,
        dataflow=replace(chip.dataflow, name=""),
    )
    return unnamed, list(chip.components.values())


@pytest.mark.parametrize("name", CHIPS)
def test_whatever_counts_in_an_architecture_is_in_the_key(
    name: str, layers: tuple[Layer, ...]
) -> None:
    """Two architectures have the same key where they differ in names, and nowhere else."""
    document = load("architecture", name)
    chip = load_architecture(name)
    before, kept = key(chip, layers[0], Options()), set()
    for path, changed in changes(document):
        differs = parts_that_count(changed) != parts_that_count(chip)
        assert (key(changed, layers[0], Options()) != before) == differs, path
        if not differs and changed != chip:
            kept.add(path)
    assert kept <= NAMES
    assert {"name", "title", "source"} <= kept


def test_every_number_of_a_component_is_in_the_key(layers: tuple[Layer, ...]) -> None:
    """All energies, capacities, bandwidths and sizes count; so does what the dataflow allows."""
    chip, document = load_architecture(CHIP), load("architecture", CHIP)
    before = key(chip, layers[0], Options())
    counting = {
        path for path, made in changes(document) if key(made, layers[0], Options()) != before
    }
    numbers = {path for path, value in leaves(document.data) if isinstance(value, int | float)}
    assert numbers - NAMES <= counting
    assert len(numbers) > 10
    assert {"charging.by", "word_bits", "dataflow.temporal.dram.dimensions"} <= counting


def test_how_components_stand_together_is_in_the_key() -> None:
    """Another order, another kind under the same name, and another route are other accelerators."""
    inner, outer, wires = storage("inner"), storage("outer"), network("wires")
    first = architecture(outer, inner, compute())
    second = architecture(inner, outer, compute())
    assert first.components == second.components, "a dict knows no order"
    chips = (
        first,
        second,
        architecture(outer, network("inner"), compute()),
        architecture(outer, wires, inner, compute()),
        architecture(outer, wires, inner, compute(), routes={OUTPUTS: ("outer", "inner", "mac")}),
    )
    layer = convolution(P=3, R=2)
    assert len({key(chip, layer, Options()) for chip in chips}) == len(chips)


@settings(max_examples=60)
@given(
    options=st.tuples(
        *[
            st.builds(
                Options,
                objective=st.sampled_from(Objective),
                tiles=st.sampled_from(Tiles),
                limit=st.none() | st.integers(min_value=1, max_value=3),
            )
        ]
        * 2
    )
)
def test_every_option_is_in_the_key(options: tuple[Options, Options]) -> None:
    """Two searches for the same have the same key only if all that they are asked for is equal."""
    chip, layer = architecture(storage("dram"), compute()), convolution(P=3, R=2)
    first, second = (key(chip, layer, one) for one in options)
    assert (first == second) == (options[0] == options[1])


BOUNDS = st.fixed_dictionaries({name: st.integers(1, 2) for name in "GMPR"})
SHAPES = st.builds(lambda bounds, stride: (bounds, stride), BOUNDS, st.integers(1, 2))


@settings(max_examples=60)
@given(first=SHAPES, second=SHAPES)
def test_layers_of_equal_shape_share_a_key(first: Any, second: Any) -> None:
    """Bounds and strides are in the key; what a layer is called is not."""
    chip = architecture(storage("dram"), compute())
    one = convolution(**first[0], stride=first[1])
    other = convolution(**second[0], stride=second[1])
    other = replace(other, name="other", kind="another")
    same = key(chip, one, Options()) == key(chip, other, Options())
    assert same == (first == second)


def test_what_a_layer_reads_is_in_the_key() -> None:
    """Layers of equal bounds differ where their tensors are indexed otherwise."""
    chip = architecture(storage("dram"), compute())
    dense, dilated = convolution(P=3, R=2), convolution(P=3, R=2, dilation=2)
    assert key(chip, dense, Options()) != key(chip, dilated, Options())
    assert key(chip, fully_connected(M=2, C=3), Options()) == key(
        chip, convolution(M=2, C=3), Options()
    )


PRINT_KEYS = f"""
from hwsim import Options, load_architecture, load_network
from hwsim.cache import keys
from hwsim.mapping.pair import Pair
chip = load_architecture({CHIP!r})
print(keys([Pair(chip, layer) for layer in load_network({NET!r}).layers], Options()))
"""


def test_a_key_is_the_same_in_every_process(chip: Architecture, layers: tuple[Layer, ...]) -> None:
    """Keys do not depend on how Python hashes, or on where it runs."""
    here = keys([Pair(chip, layer) for layer in layers], Options())
    for seed in ("1", "2"):
        printed = subprocess.run(
            [sys.executable, "-c", PRINT_KEYS],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert printed == f"{here}\n"


def test_the_version_of_whatever_solves_is_in_the_key() -> None:
    """Every module that the mapper loads is part of `SOLVER`, but for those that find, read and
    refuse files, and the estimators, whose numbers are in the key.
    """
    solving = "from hwsim.mapper import mapped, unmapped"
    listing = f"import sys, json; {solving}; print(json.dumps([*sys.modules]))"
    run = [sys.executable, "-c", listing]
    loaded = json.loads(subprocess.check_output(run, cwd=ROOT, text=True))
    package = ROOT / "hwsim"
    solver = {file for pattern in hwsim.cache.SOLVER for file in package.glob(pattern)}
    covered = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in solver
    }
    ours = {name for name in loaded if name.split(".")[0] == "hwsim"}
    apart = ("hwsim.specification", "hwsim.architecture.check", "hwsim.estimators")
    rest = {name for name in ours - covered if not name.startswith(apart)}
    assert rest == {"hwsim", "hwsim.errors", "hwsim.extensions", "hwsim.meant"}
    assert {"hwsim.mapper.search", "hwsim.cost.energy", "hwsim.cache"} <= covered
