"""Energies that follow what is edited, scaled from a figure or estimated: exact from then on."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hwsim
from hwsim import architecture as architectures
from hwsim.architecture import Architecture
from hwsim.cache import keys
from hwsim.mapper import Options
from hwsim.mapping.pair import Pair
from hwsim.specification import load, shipped
from hwsim.vocabulary import exact

CHIP = """schema: hwsim/architecture/v1
name: follows
energy_unit: pJ
charging: {by: action}
components:
  home: {kind: storage, holds: [weights, inputs, outputs], energy: {read: 100, write: 100}}
  buffer:
    kind: storage
    holds: [weights, inputs, outputs]
    capacity_bytes: 65536
    energy: {read: 6, write: 5}
  bus: {kind: network, energy: {deliver: 1}}
  mac: {kind: compute, energy: {compute: 1}}
routes:
  weights: [home, buffer, bus, mac]
  inputs: [home, buffer, bus, mac]
  outputs: [home, buffer, bus, mac]
dataflow:
  name: any
  temporal:
    home: {dimensions: [N, G, M, C, P, Q, R, S]}
    buffer: {dimensions: [M, C]}
"""
ENERGY = "components.buffer.energy"
ANCHORED = {"read": 6, "write": 5, "at": {"capacity_bytes": 65536}, "follows": "sram"}
ESTIMATED: dict[str, Any] = {ENERGY: {"estimate": "sram"}, "technology_nm": 45}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chip, in a file."""
    path = tmp_path_factory.mktemp("chip") / "chip.yaml"
    path.write_text(CHIP, "utf-8")
    return path


def read(chip: Architecture, name: str = "buffer") -> float:
    """What reading a word costs."""
    return next(one.energies["read"] for one in chip.storages if one.name == name)


@pytest.mark.parametrize("name", shipped("architecture"))
def test_shipped_figures_hold_where_they_are_published(name: str) -> None:
    """What follows a law costs, on every shipped chip as it is, exactly what its file says."""
    document = load("architecture", name)
    chip = architectures.build(document)
    for one in chip.derived:
        said = document.data["components"][one.component]["energy"][one.action]
        assert one.figure == one.value == said
        assert one.factor == 1
        assert one.as_said
        assert not one.outside
    for storage in chip.storages:
        said = document.data["components"][storage.name]["energy"]
        assert storage.energies == {action: said[action] for action in storage.ACTIONS}


@pytest.mark.parametrize("name", shipped("architecture"))
def test_a_variant_of_a_shipped_chip_costs_more_where_a_memory_is_larger(name: str) -> None:
    """Of each memory on the chip that has a published figure, and less where it is smaller."""
    document = load("architecture", name)
    chip = architectures.build(document)
    for component in {one.component: None for one in chip.derived}:
        part = document.data["components"][component]
        size = "capacity_bytes" if "capacity_bytes" in part else "capacity_words"
        path = f"components.{component}.{size}"
        small, large = (
            hwsim.load_architecture(name, {path: int(part[size] * by)}) for by in (0.5, 2)
        )
        for less, here, more in zip(small.derived, chip.derived, large.derived, strict=True):
            if here.component == component:
                assert less.value < here.value < more.value


@settings(deadline=None)
@given(figure=st.integers(1, 10**6), times=st.integers(1, 1000), size=st.integers(1024, 2**22))
def test_what_is_scaled_is_in_proportion_to_its_figure(
    file: Path, figure: int, times: int, size: int
) -> None:
    """Exactly, and exactly the figure where it holds."""
    path = "components.buffer.capacity_bytes"
    once, many = (
        hwsim.load_architecture(file, {ENERGY: {**ANCHORED, "read": number}, path: size})
        for number in (figure, figure * times)
    )
    assert exact(read(many)) == times * exact(read(once))
    assert (size != 65536) or read(once) == figure


def test_a_figure_scales_by_the_quotient_of_two_estimates(file: Path) -> None:
    """Rounded to three digits, whatever else the law depends on."""
    at = {"capacity_bytes": 65536, "technology_nm": 65, "access_bits": 64}
    there = {"capacity_bytes": 16384, "technology_nm": 22, "access_bits": 128}
    path = "components.buffer"
    here = {f"{path}.capacity_bytes": 16384, f"{path}.access_bits": 128, "technology_nm": 22}
    scaled = hwsim.load_architecture(file, {ENERGY: {**ANCHORED, "at": at}, **here})
    both = [
        hwsim.load_architecture(
            file,
            {
                ENERGY: {"estimate": "sram"},
                f"{path}.capacity_bytes": said["capacity_bytes"],
                f"{path}.access_bits": said["access_bits"],
                "technology_nm": said["technology_nm"],
            },
        )
        for said in (there, at)
    ]
    assert read(scaled) / 6 == pytest.approx(read(both[0]) / read(both[1]), rel=0.02)


def test_a_word_pays_its_share_of_a_figure_of_an_access(file: Path) -> None:
    """A quarter of a row of four words, of the row that there was where the figure holds; exactly,
    also where that is scaled.
    """
    row, word = {"read": 34, "write": 34.4, "of": "access"}, {"read": 8.5, "write": 8.6}
    wide = {"components.buffer.access_bits": 64}
    assert read(hwsim.load_architecture(file, {ENERGY: {**row}, **wide})) == 8.5
    assert read(hwsim.load_architecture(file, {ENERGY: {**word, "of": "word"}})) == 8.5
    follows = {"at": {"capacity_bytes": 65536, "access_bits": 64}, "follows": "sram"}
    edited = {"components.buffer.access_bits": 256, "components.buffer.capacity_bytes": 2048}
    scaled = [
        read(hwsim.load_architecture(file, {ENERGY: {**said, **follows}, **edited}))
        for said in (row, word)
    ]
    assert scaled[0] == scaled[1] != 8.5


def test_a_number_in_the_file_costs_as_the_estimate_that_gives_it(file: Path) -> None:
    """The layer costs the same to the last digit, and the mapping has the same key."""
    estimated = hwsim.load_architecture(file, ESTIMATED)
    numbers = {one.action: one.value for one in estimated.derived}
    said = hwsim.load_architecture(file, {ENERGY: numbers})
    assert not said.derived
    network = hwsim.load_network("alexnet")
    costs = [
        hwsim.simulate(chip, network, layers="conv5", seconds=None) for chip in (estimated, said)
    ]
    assert costs[0].cost.energies == costs[1].cost.energies
    (layer,) = costs[0].layers
    one, other = keys([Pair(chip, layer.layer) for chip in (estimated, said)], Options())
    assert one == other


@pytest.mark.parametrize(
    "change",
    [
        {"technology_nm": 65},
        {"components.buffer.capacity_bytes": 32768},
        {"components.buffer.access_bits": 64},
        {"components.buffer.transistors": "hp"},
        {"components.buffer.technology_nm": 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_an_estimate_depends_on_is_in_the_key_of_a_mapping(
    file: Path, change: dict[str, Any]
) -> None:
    """An edit of it is another problem, with energies of its own."""
    network = hwsim.load_network("alexnet")
    before, after = (hwsim.load_architecture(file, {**ESTIMATED, **more}) for more in ({}, change))
    assert read(before) != read(after)
    one, other = keys([Pair(chip, network.layers[0]) for chip in (before, after)], Options())
    assert one != other


def test_an_estimate_has_three_digits(file: Path) -> None:
    """No digit that is not known."""
    chip = hwsim.load_architecture(file, ESTIMATED)
    for one in chip.derived:
        assert Fraction(f"{one.value:.2e}") == exact(one.value)


def test_beyond_the_range_of_a_law_it_is_told(file: Path) -> None:
    """What was not fitted: of an estimate, and at either end of a quotient; what cancels is not."""
    large = hwsim.load_architecture(file, {**ESTIMATED, "technology_nm": 130})
    assert {one.outside for one in large.derived} == {("technology_nm 130, not 22 to 90",)}
    tiny = {ENERGY: ANCHORED, "components.buffer.capacity_bytes": 512}
    told = {one.outside for one in hwsim.load_architecture(file, tiny).derived}
    assert told == {("capacity_bytes 512, not 1024 to 4194304",)}


def test_a_capacity_that_is_split_is_as_large_as_all_of_it(file: Path) -> None:
    """Its price is that of the whole, in bytes or in words."""
    whole = hwsim.load_architecture(file, ESTIMATED)
    split = dict.fromkeys(("weights", "inputs"), 16384) | {"outputs": 32768}
    parts = {"components.buffer.capacity_bytes": split}
    assert read(hwsim.load_architecture(file, {**ESTIMATED, **parts})) == read(whole)
    words = {"components.buffer.capacity_bytes": None, "components.buffer.capacity_words": 32768}
    assert read(hwsim.load_architecture(file, {**ESTIMATED, **words})) == read(whole)


VOLTS = "components.buffer.voltage_v"


@settings(deadline=None)
@given(
    holds_at=st.floats(0.3, 3),
    now=st.floats(0.3, 3),
    more=st.floats(0.3, 3),
    size=st.integers(1, 64),
)
def test_energies_grow_with_the_square_of_the_voltage_and_leakages_with_the_voltage(
    file: Path, holds_at: float, now: float, more: float, size: int
) -> None:
    """They are as published where they hold, at any size; areas are the same at any voltage."""
    at = {"capacity_bytes": 1024 * size, "voltage_v": holds_at}
    bare = {"capacity_bytes": 1024 * size}
    leaks = {"transistors": "lstp", "technology_nm": 65}
    says = {
        ENERGY: {**ANCHORED, "at": {**at, **leaks}},
        LEAKAGE: {"value": 7, "at": {**at, **leaks}, "follows": "sram"},
        AREA: {"value": 3, "at": {**bare, **leaks}, "follows": "sram"},
        "components.buffer.capacity_bytes": 1024 * size,
        "components.buffer.transistors": "lstp",
        "technology_nm": 65,
        "clock_mhz": 200,
    }
    there, here, other = (
        hwsim.load_architecture(file, {**says, VOLTS: volts}) for volts in (holds_at, now, more)
    )
    assert read(there) == 6
    assert all(one.as_said for one in there.derived)
    assert (there.components["buffer"].leakage_mw, there.components["buffer"].area_mm2) == (7, 3)
    assert read(here) == pytest.approx(6 * (now / holds_at) ** 2, rel=5e-3)
    assert here.components["buffer"].leakage_mw == pytest.approx(7 * now / holds_at, rel=5e-3)
    assert here.components["buffer"].area_mm2 == 3
    assert (now <= more) == (read(here) <= read(other)) or read(here) == read(other)


def test_a_voltage_of_the_file_is_that_of_the_chip(file: Path) -> None:
    """A component may say another, and a storage without a capacity, off the chip, has none."""
    on = {"at": {"voltage_v": 1.0}, "follows": "voltage"}
    says: dict[str, Any] = {
        ENERGY: {**ANCHORED, "at": {"capacity_bytes": 65536, "voltage_v": 1.0}},
        "components.bus.energy": {"deliver": 1, **on},
        "components.mac.energy": {"compute": 1, **on},
        "voltage_v": 0.5,
    }
    chip = hwsim.load_architecture(file, says)
    assert read(chip) == 1.5
    assert read(chip, "home") == 100
    assert {one.component: one.factor for one in chip.derived} == {
        "buffer": Fraction(1, 4),
        "bus": Fraction(1, 4),
        "mac": Fraction(1, 4),
    }
    apart = hwsim.load_architecture(file, {**says, VOLTS: 2})
    assert read(apart) == 24
    outside = {"components.home.energy": {"read": 100, "write": 100, **on}}
    assert (
        read(hwsim.load_architecture(file, {**outside, "components.home.voltage_v": 2}), "home")
        == 400
    )


def test_an_estimator_that_knows_voltages_is_asked_for_them(file: Path) -> None:
    """The law is of those that know none."""

    class Supplied(Mine):
        def estimate(self, action: hwsim.Action) -> Any:
            energy = action.number("voltage_v")
            return hwsim.Estimate(value=energy, formula="V", source="me")

    mine = Supplied(takes=("voltage_v",))
    says = {ENERGY: {"estimate": "mine"}, VOLTS: 3}
    assert read(hwsim.load_architecture(file, says, estimators=[mine])) == 3
    says[ENERGY] = {**ANCHORED, "at": {"voltage_v": 1}, "follows": "mine"}
    assert read(hwsim.load_architecture(file, says, estimators=[mine])) == 18


AREA = "components.buffer.area_mm2"
LEAKAGE = "components.buffer.leakage_mw"


def test_an_area_and_a_leakage_are_known_if_the_file_says_them(file: Path) -> None:
    """As numbers, of every kind of component; of the others they are not known."""
    bare = hwsim.load_architecture(file)
    assert {(one.area_mm2, one.leakage_mw) for one in bare.components.values()} == {(None, None)}
    says = {f"components.{name}.area_mm2": 2 for name in bare.components}
    said = hwsim.load_architecture(file, {**says, LEAKAGE: 0})
    assert {one.area_mm2 for one in said.components.values()} == {2}
    assert said.components["buffer"].leakage_mw == 0
    assert said.components["bus"].leakage_mw is None
    assert not said.derived


def test_an_area_is_estimated_in_any_unit_of_energies_and_a_leakage_in_pj(file: Path) -> None:
    """They are mm2 and mW; with three digits, and as the estimator says."""
    about = {"technology_nm": 65, "components.buffer.transistors": "lstp", "clock_mhz": 200}
    says = {AREA: {"estimate": "sram"}, LEAKAGE: {"estimate": "sram"}, "energy_unit": "pJ"}
    chip = hwsim.load_architecture(file, {**says, **about})
    area, leakage = chip.derived
    buffer = chip.components["buffer"]
    assert (buffer.area_mm2, buffer.leakage_mw) == (area.value, leakage.value)
    assert (area.path, leakage.path) == (AREA, LEAKAGE)
    assert area.value == float(f"{area.estimate.value:.2e}")
    assert area.value == pytest.approx(0.4362, rel=0.05)  # by CACTI
    assert 0.0108 / 3.29 < leakage.value < 0.0108 * 3.29
    in_macs = {AREA: {"estimate": "sram"}, "energy_unit": "mac", **about}
    assert hwsim.load_architecture(file, in_macs).components["buffer"].area_mm2 == area.value


@settings(deadline=None)
@given(figure=st.floats(1e-6, 1e6), size=st.integers(1024, 2**22))
def test_an_area_is_scaled_from_where_its_figure_holds(
    file: Path, figure: float, size: int
) -> None:
    """There it is exactly the figure, and of a larger memory it is larger."""
    anchored = {"value": figure, "at": {"capacity_bytes": 65536}, "follows": "sram"}
    says = {AREA: anchored, "components.buffer.capacity_bytes": size}
    chip = hwsim.load_architecture(file, says)
    area = chip.components["buffer"].area_mm2
    assert area is not None
    (derived,) = chip.derived
    assert derived.value == area
    assert derived.as_said == (size == 65536)
    assert (size != 65536) or area == figure
    assert (area <= figure) or size > 65536
    assert (area >= figure) or size < 65536


def test_an_area_costs_no_energy(file: Path) -> None:
    """A layer costs the same, whatever is said of areas."""
    network = hwsim.load_network("alexnet")
    says = {AREA: {"estimate": "sram"}, "technology_nm": 65}
    with_area, without = (
        hwsim.simulate(hwsim.load_architecture(file, of), network, layers="conv5", seconds=None)
        for of in (says, {})
    )
    assert with_area.cost == without.cost


@dataclass
class Mine:
    """An estimator of a user's own, which says whatever it is told to."""

    says: Any = 1.0
    name: str = "mine"
    unit: str = "pJ"
    takes: tuple[str, ...] = ("cell",)
    cancels: dict[str, float] = field(default_factory=dict)

    def estimate(self, action: hwsim.Action) -> Any:
        """What was said, or what that raises."""
        if isinstance(self.says, Exception):
            raise self.says
        if not isinstance(self.says, float):
            return self.says
        energy = self.says * {"6T": 1.0, "8T": 2.0}[action.word("cell")]
        return hwsim.Estimate(value=energy, formula="cells", source="me")


BY_MINE: dict[str, Any] = {
    ENERGY: {"estimate": "mine"},
    "components.buffer.attributes": {"cell": "8T"},
}


def test_an_estimator_of_ones_own_prices_what_names_it(file: Path) -> None:
    """With the properties that only it knows; a figure can follow it, too."""
    chip = hwsim.load_architecture(file, BY_MINE, estimators=[Mine()])
    assert read(chip) == 2
    anchored = {**ANCHORED, "at": {"attributes": {"cell": "6T"}}, "follows": "mine"}
    chip = hwsim.load_architecture(file, {**BY_MINE, ENERGY: anchored}, estimators=[Mine()])
    assert read(chip) == 12


BROKEN = {
    "raises": (ValueError("no such thing"), "mine fails: ValueError: no such thing"),
    "refuses": (hwsim.CannotEstimate("has no figure"), "mine has no figure"),
    "says nothing": (None, "mine gives no estimate"),
    "infinite": (float("inf"), "mine gives inf, which is no energy"),
    "no number": (float("nan"), "mine gives nan, which is no energy"),
    "negative": (-1.0, "mine gives -2, which is no energy"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_an_estimator_is_told_where_it_is_named(file: Path, name: str) -> None:
    """Whatever it does, it ends in a line of the file, not in a traceback."""
    says, told = BROKEN[name]
    with pytest.raises(hwsim.SpecificationError) as error:
        hwsim.load_architecture(file, BY_MINE, estimators=[Mine(says)])
    assert {problem.what for problem in error.value.problems} == {told}
    assert {problem.where for problem in error.value.problems} == {f"{ENERGY}.estimate"}


#: Fields of an estimate that are of another kind, or of no sense.
ODD_FIELDS: dict[str, Any] = {
    "value": (True, "1", None),
    "formula": (None,),
    "source": (3,),
    "valid": (None, [1], {"cell": 3}, {"cell": ("a", "b")}, {"cell": (1, 2, 3)}),
    "spread": ("x", -2, 0.5, float("nan")),
    "basis": (None,),
}


class Careless(Mine):
    """An estimator that gives whatever stands in `says` for a field of an estimate."""

    def estimate(self, action: hwsim.Action) -> hwsim.Estimate:
        """The estimate with the odd field."""
        return hwsim.Estimate(**{"value": 1.0, "formula": "f", "source": "me", **self.says})


@pytest.mark.parametrize("name", ODD_FIELDS)
def test_an_estimate_of_odd_fields_is_told_where_it_is_named(file: Path, name: str) -> None:
    """Before anything is computed, or printed, from them."""
    for value in ODD_FIELDS[name]:
        with pytest.raises(hwsim.SpecificationError) as error:
            hwsim.load_architecture(file, BY_MINE, estimators=[Careless({name: value})])
        told = f"mine gives an estimate whose {name} is {value!r}"
        assert {problem.what for problem in error.value.problems} == {told}


@pytest.mark.parametrize("energy", [10**400, -(10**400)], ids=["large", "low"])
def test_an_integer_that_no_float_holds_is_no_energy(file: Path, energy: int) -> None:
    """Nor does it break the line that says so."""
    with pytest.raises(
        hwsim.SpecificationError,
        match="mine gives an estimate whose value is",
    ):
        hwsim.load_architecture(file, BY_MINE, estimators=[Careless({"value": energy})])


@pytest.mark.parametrize(
    "part",
    [
        {"name": None},
        {"name": []},
        {"unit": 1},
        {"takes": None},
        {"takes": "cell"},
        {"cancels": None},
    ],
)
def test_an_estimator_of_odd_parts_is_refused(file: Path, part: dict[str, Any]) -> None:
    """It is told which part, and what stands there."""
    (name, value), *_ = part.items()
    with pytest.raises(hwsim.CannotEstimate, match="is no estimator: its") as error:
        hwsim.load_architecture(file, BY_MINE, estimators=[Mine(**part)])
    assert str(error.value).endswith(f"its {name} is {value!r}")


def test_what_is_no_estimator_is_refused(file: Path) -> None:
    """It is told what it lacks."""
    with pytest.raises(hwsim.CannotEstimate, match="is no estimator: it has no unit, takes"):
        hwsim.load_architecture(file, estimators=[Path("mine")])  # type: ignore[list-item]


def test_a_figure_cannot_follow_what_is_nothing_there(file: Path) -> None:
    """There is no proportion to it."""
    anchored = {**ANCHORED, "at": {"attributes": {"cell": "6T"}}, "follows": "mine"}

    class Nothing(Mine):
        def estimate(self, action: hwsim.Action) -> Any:
            energy = {"6T": 0.0, "8T": 2.0}[action.word("cell")]
            return hwsim.Estimate(value=energy, formula="cells", source="me")

    with pytest.raises(hwsim.SpecificationError, match="there is no proportion to it"):
        hwsim.load_architecture(file, {**BY_MINE, ENERGY: anchored}, estimators=[Nothing()])
