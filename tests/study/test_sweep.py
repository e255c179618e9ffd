"""A sweep's table is what single runs give, whatever interrupts it, and its answers hold."""

import json
import os
import random
import signal
import time
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import hwsim
import hwsim.report
from hwsim.cache import Cache
from hwsim.report.html.sweep import render
from hwsim.specification import SpecificationError
from hwsim.study import AnotherStudy, NotInFolder, Study, load, study_of, sweep
from hwsim.study.log import log_in
from hwsim.study.points import MixedUnits, NoPoints, TooManyPoints, points
from hwsim.study.run import Done
from tests.command.call import CHIP, NET, process
from tests.command.call import hwsim as call

READ, SPAD = "components.dram.energy.read", "components.spad.capacity_words"
GRID = {READ: [100, 200, 400], SPAD: [20, 64]}


def study(**said: Any) -> Study:
    """A study of the small network on the small chip."""
    return study_of(
        {"name": "small", "architectures": [CHIP], "networks": [NET], "axes": GRID, **said}
    )


def written(tmp_path: Path, text: str) -> Path:
    """A file of a study."""
    file = tmp_path / "study.yaml"
    file.write_text(f"schema: hwsim/study/v1\narchitectures: [{CHIP}]\nnetworks: [{NET}]\n{text}")
    return file


def test_points_are_those_of_single_runs() -> None:
    """Every row has the energy and the cycles of `simulate` with these overrides."""
    net = hwsim.load_network(NET)
    for row in sweep(study(batches=[1, 2])).rows:
        chip = hwsim.load_architecture(CHIP, {path: row[path] for path in GRID})
        result = hwsim.simulate(chip, hwsim.load_network(NET, row["batch"]))
        assert (row["energy"], row["cycles"]) == (result.energy, result.cycles)
    assert net.batch == 1


def test_points_are_in_the_order_of_the_study() -> None:
    """The last axis varies first, whatever the order of completion."""
    for jobs in (1, 2):
        rows = sweep(study(), jobs=jobs).rows
        assert [(row[READ], row[SPAD]) for row in rows] == [*product(*GRID.values())]
        assert [row["point"] for row in rows] == [*range(1, 7)]


def test_the_front_is_what_no_point_beats() -> None:
    """Beside the definition, pair by pair."""
    told = sweep(study(batches=[1, 2, 4]))
    for measures in (("energy",), ("energy", "cycles"), ("energy", "cycles", "utilization")):
        signs = [-1 if measure == "utilization" else 1 for measure in measures]
        costs = [
            tuple(sign * row[name] for sign, name in zip(signs, measures, strict=True))
            for row in told.rows
        ]
        best = {
            cost
            for cost in costs
            if not any(
                other != cost and all(a <= b for a, b in zip(other, cost, strict=True))
                for other in costs
            )
        }
        front = told.front(*measures)
        assert {costs[row["point"] - 1] for row in front} == best
        assert len(front) == len(best)


def test_conditions_hold_points_back() -> None:
    """Those on axes before, those on measures after the simulation."""
    told = sweep(study(conditions=["read >= 200 and capacity_words * 10 > read"]))
    assert [(row[READ], row[SPAD]) for row in told.rows] == [(200, 64), (400, 64)]
    energies = sorted(row["energy"] for row in sweep(study()).rows)
    limited = sweep(study(conditions=[f"energy <= {energies[2]}"]))
    assert len(limited.rows) == 6
    assert sorted(row["energy"] for row in limited.measured) == energies[:3]


AREAS = {f"components.{name}.area_mm2": [mm2] for name, mm2 in (("dram", 0), ("wires", 0.5))}
AREAS |= {"components.mac.area_mm2": [0.125], "components.spad.area_mm2": [1, 2]}


def test_area_is_a_measure_where_every_component_says_its_own(tmp_path: Path) -> None:
    """Of all instances: there are four scratchpads and MACs; in the front, in conditions, and in
    every form; no point that differs in area alone is taken for another.
    """
    said = study(axes={**AREAS, READ: [100, 200]}, measures=["energy", "area"])
    told = sweep(said, tmp_path)
    assert [row["area"] for row in told.rows] == [5, 5, 9, 9]
    assert [row["point"] for row in told.front()] == [1]
    assert told.sensitivity("area")[0].swing == pytest.approx(9 / 5 - 1)
    for form, area in (("text", "5 mm2"), ("csv", ",5.0,"), ("json", '"area": 5.0')):
        assert area in hwsim.report.render(told, form)
    assert ">5<" in render(told)
    small = sweep(study(axes=AREAS, conditions=["area < 6"]), tmp_path / "small")
    assert [row["area"] for row in small.measured] == [5]


def test_an_area_that_is_not_known_is_told_where_it_is_asked_for() -> None:
    """With what does not say it; elsewhere its cells are empty, and no answer has them."""
    with pytest.raises(SpecificationError) as error:
        sweep(study(measures=["area"], conditions=["area < 6"]))
    assert {problem.where for problem in error.value.problems} == {"measures.0", "conditions.0"}
    (what,) = {problem.what for problem in error.value.problems}
    assert what.startswith("the area of chip is not known: dram, wires, spad, mac say none; add")
    told = sweep(study())
    assert {row["area"] for row in told.rows} == {None}
    assert (told.front("area"), told.best("area"), told.sensitivity("area")) == ([], None, [])


def test_what_has_no_mapping_is_a_row_with_its_reason() -> None:
    """And in no answer."""
    told = sweep(study(axes={SPAD: [10, 64]}))
    first, second = told.rows
    assert "no mapping" in first["reason"]
    assert first["energy"] is None
    assert told.measured == [second]


def test_sensitivity_is_the_swing_of_means() -> None:
    """Of an axis that changes nothing there is none."""
    told = sweep(study(axes={**GRID, "clock_mhz": [50, 100]}))
    by_column = {one.column: one for one in told.sensitivity("energy")}
    assert by_column["clock_mhz"].swing == 0
    means = [
        sum(row["energy"] for row in told.rows if row[READ] == value) / 4 for value in GRID[READ]
    ]
    assert by_column[READ].least == pytest.approx(min(means))
    assert by_column[READ].swing == pytest.approx(max(means) / min(means) - 1)


def test_tied_axes_vary_together() -> None:
    """The first values of all, then the second."""
    told = points(study(axes={}, tied=[{READ: [100, 200], SPAD: [20, 64]}]))
    assert [(point[READ], point[SPAD]) for point in told] == [(100, 20), (200, 64)]


@pytest.mark.parametrize("by", ["random", "latin_hypercube"])
def test_a_sample_is_of_the_grid_and_the_same_for_a_seed(by: str) -> None:
    """No point comes twice, and all meet the conditions."""
    axes = {READ: "1..1000", SPAD: "20..60"}
    drawn = [
        points(
            study(
                axes=axes,
                sample={"by": by, "points": 30, "seed": seed},
                conditions=["capacity_words % 2 == 0"],
            )
        )
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len({(point[READ], point[SPAD]) for point in drawn[0]}) == 30
    assert all(point[SPAD] % 2 == 0 for point in drawn[0])


def test_a_latin_hypercube_has_every_value_as_often() -> None:
    """As many points as values: each value comes once."""
    axes = {READ: "1..40", SPAD: "20..59"}
    drawn = points(study(axes=axes, sample={"by": "latin_hypercube", "points": 40}))
    for path in axes:
        assert len({point[path] for point in drawn}) == 40


def test_a_sample_as_large_as_the_grid_is_the_grid() -> None:
    """Even where more is asked for."""
    drawn = points(study(sample={"by": "random", "points": 1000}))
    assert len(drawn) == 6


def test_a_sweep_goes_on_from_what_is_kept(tmp_path: Path) -> None:
    """Nothing is done twice, and a line that was cut off is done again."""
    whole = sweep(study(), tmp_path)
    log = tmp_path / "points.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    told = list[int]()
    again = sweep(study(), tmp_path, tell=lambda done: told.append(done.points))
    assert told == [3, 4, 5, 6]
    assert again.rows == whole.rows
    assert sorted(log.read_bytes().splitlines()) == sorted(line.strip() for line in lines)


def test_another_study_is_told_by_what_differs(tmp_path: Path) -> None:
    """`restart` begins anew; a name or another front is no difference."""
    sweep(study(), tmp_path)
    sweep(study(name="other", measures=["edp"]), tmp_path)
    for other, differs in (
        (study(axes={READ: [100], SPAD: [20, 64]}), (f"axes.{READ}",)),
        (study(batches=[2]), ("batches",)),
    ):
        with pytest.raises(AnotherStudy) as raised:
            sweep(other, tmp_path)
        assert raised.value.differs == differs
    assert len(sweep(study(batches=[2]), tmp_path, restart=True).rows) == 6


def test_one_sweep_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    """The other is told, and loses nothing."""
    with (
        log_in(tmp_path, study(), restart=False),
        pytest.raises(NotInFolder, match="another sweep is at work"),
    ):
        sweep(study(), tmp_path)


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    """As what the system says."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotInFolder):
        sweep(study(), tmp_path / "file")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"axes": {"components.drm.energy.read": [1]}}, "did you mean dram"),
        ({"axes": {READ: [1, -1]}}, "at -1"),
        ({"axes": {READ: []}}, "must have|at least|empty|has no"),
        ({"axes": {READ: "8..1:x2"}}, "ends before it begins"),
        ({"tied": [{READ: [1], "components.dram.energy.write": [1, 2]}]}, "several lengths"),
        ({"axes": {READ: [1]}, "tied": [{READ: [1], SPAD: [20]}]}, "is an axis twice"),
        ({"conditions": ["rws > 1"]}, "nothing is called rws"),
        ({"objectives": ["enrgy"]}, "energy"),
        ({"sample": {"by": "random"}}, "points"),
        ({"networks": ["alexnt"]}, "did you mean alexnet"),
        ({"densities": ["alexnet_dens"]}, "did you mean alexnet_dense"),
        ({"nets": [1]}, "unknown key 'nets'"),
    ],
)
def test_a_study_with_mistakes_is_told_before_the_first_point(said: Any, why: str) -> None:
    """In the words of the user."""
    with pytest.raises(SpecificationError, match=why):
        sweep(study(**said))


def test_a_mistake_stands_at_its_line_and_column(tmp_path: Path) -> None:
    """Also where it is only seen once an architecture is built."""
    text = "axes:\n  components.spad.capacity_words: [64, -3]\nconditions:\n  - spd > 1\n"
    with pytest.raises(SpecificationError) as raised:
        load(written(tmp_path, text))
    assert str(raised.value).startswith(f"{tmp_path}/study.yaml:7:5: conditions.0: 'spd > 1':")
    with pytest.raises(SpecificationError) as raised:
        sweep(load(written(tmp_path, text.partition("conditions")[0])))
    assert ":5:3" in str(raised.value) or ":5:35" in str(raised.value)
    assert "at -3" in str(raised.value)


def test_no_point_and_too_many_are_told() -> None:
    """Nothing is simulated."""
    with pytest.raises(NoPoints, match="no point meets 'read > 1e9'"):
        sweep(study(conditions=["read > 1e9"]))
    axes = dict.fromkeys((READ, "components.dram.energy.write", SPAD), "1..1000")
    with pytest.raises(TooManyPoints, match="1e\\+09 points"):
        sweep(study(axes=axes))


# --- the command -----------------------------------------------------------------------------

LINE = (CHIP, NET, "--set", f"{READ}=100,200,400", "--set", f"{SPAD}=20,64")


def test_the_command_writes_tables_and_prints_the_front(tmp_path: Path) -> None:
    """The study, the points and the front lie in the folder."""
    out = call("sweep", *LINE, "--output", tmp_path, "--format", "json").stdout
    told = json.loads(out)
    assert [row["energy"] for row in told["points"]] == [
        row["energy"] for row in sweep(study()).rows
    ]
    assert {"study.yaml", "points.csv", "front.csv"} <= {file.name for file in tmp_path.iterdir()}
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 7
    text = call("sweep", *LINE, "--output", tmp_path).stdout
    assert "best energy" in text
    again = call("sweep", tmp_path / "study.yaml", "--output", tmp_path, "--format", "json").stdout
    assert json.loads(again)["points"] == told["points"]


def test_check_knows_a_study(tmp_path: Path) -> None:
    """It says how many points there are."""
    file = written(tmp_path, f"axes:\n  {SPAD}: [20, 64]\n")
    assert f"{file}: ok (study study, 2 points)" in call("check", file).stdout


def test_killed_at_random_moments_it_ends_with_the_same_table(tmp_path: Path) -> None:
    """kill -9 loses at most the points that were at work."""
    spots, folder = random.Random(4), tmp_path / "out"
    axes = ("--set", f"{READ}=1..40", "--set", f"{SPAD}=20,64", "--no-cache")
    command = ("sweep", CHIP, NET, *axes, "--output", folder)
    for _ in range(6):
        run = process(*command)
        time.sleep(0.4 + spots.random() * 0.8)
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
    call(*command)
    log = [json.loads(line) for line in (folder / "points.jsonl").read_text().splitlines()]
    assert len(log) == len({entry["key"] for entry in log}) == 80
    fresh = sweep(study(axes={READ: "1..40", SPAD: [20, 64]}))
    rows = (folder / "points.csv").read_text().splitlines()
    assert len(rows) == 81
    energies = [float(row.split(",")[rows[0].split(",").index("energy")]) for row in rows[1:]]
    assert energies == [row["energy"] for row in fresh.rows]


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    """The command says how far it came, and how to go on."""
    axes = ("--set", f"{READ}=1..500", "--no-cache", "--output", tmp_path)
    run = process("sweep", CHIP, NET, *axes)
    log = tmp_path / "points.jsonl"
    while not (log.exists() and log.stat().st_size):
        time.sleep(0.05)
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "the same command goes on" in stderr


def test_a_cache_is_used(tmp_path: Path) -> None:
    """Solved mappings are kept for the next sweep."""
    cache = Cache(folder=tmp_path / "cache")
    sweep(study(), cache=cache)
    assert cache.entries()


def test_what_no_sweep_wrote_counts_as_none(tmp_path: Path) -> None:
    """A log that somebody edited loses the lines that were broken, and no others."""
    whole = sweep(study(), tmp_path).rows
    log = tmp_path / "points.jsonl"
    lines = log.read_text().splitlines()
    key = json.loads(lines[0])["key"]
    wrong: Any
    for wrong in ({}, {"energy": "x"}, [], {**json.loads(lines[0])["outcome"], "cycles": True}):
        log.write_text("\n".join([json.dumps({"key": key, "outcome": wrong}), *lines[1:]]) + "\n")
        told = list[Done]()
        assert sweep(study(), tmp_path, tell=told.append).rows == whole
        assert [done.points for done in told] == [5, 6]


def test_restart_spares_a_study_that_a_user_wrote(tmp_path: Path) -> None:
    """The sweep's folder may be that of its study, which is not to be lost."""
    file = written(tmp_path, "layers: fc\n")
    before = file.read_text()
    with pytest.raises(NotInFolder, match="not written by a sweep"):
        sweep(load(file), tmp_path, restart=True)
    assert file.read_text() == before


def test_an_axis_is_a_path_of_the_architecture(tmp_path: Path) -> None:
    """What a study says in words of its own is no axis, alone or tied."""
    for said in ("axes: {network: [1]}", "tied: [{architecture: [a], clock_mhz: [1]}]"):
        with pytest.raises(SpecificationError, match="is no value of an architecture"):
            load(written(tmp_path, said))


def test_energies_in_several_units_are_not_compared() -> None:
    """One MAC is no energy of physics; cycles can be compared."""
    axes = {"energy_unit": ["pJ", "mac"]}
    with pytest.raises(MixedUnits, match="are not compared"):
        sweep(study(axes=axes))
    assert len(sweep(study(axes=axes, measures=["cycles"])).rows) == 2


def test_processes_end_with_the_sweep_that_is_killed(tmp_path: Path) -> None:
    """Nothing of it works on, whatever killed it."""
    file = written(tmp_path, "axes: {components.spad.capacity_words: {from: 20, to: 600}}")
    with process("sweep", file, "--output", tmp_path / "o", "--jobs", "2", "--no-cache") as one:
        children = _children_of(one.pid)
        one.kill()
    deadline = time.monotonic() + 30
    while any(map(_runs, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether it does, and is more than a line in a table that nobody has read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children_of(pid: int) -> list[int]:
    """Both processes that search, when they are there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(found) >= 2:
            return [int(one) for one in found]
        time.sleep(0.02)
    raise AssertionError("no processes")
