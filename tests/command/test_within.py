"""`--within` and `--front`: limits and fronts on the command line, in every form."""

import csv
import json
from io import StringIO

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hwsim import front, load_architecture, load_network
from tests.command.call import CHIP, NET, ROOT, hwsim

SCHEMAS = {
    name: json.loads((ROOT / "hwsim" / "schemas" / name / "v1.json").read_text("utf-8"))
    for name in ("report", "explanation", "front")
}
RESOURCES = [(one["$id"], Resource.from_contents(one)) for one in SCHEMAS.values()]
REGISTRY: Registry = Registry().with_resources(RESOURCES)
SIMULATE = ("simulate", CHIP, NET, "--no-cache")
EYERISS = ("simulate", "eyeriss", "alexnet", "--layers", "conv1,conv3")


def validate(name: str, document: object) -> None:
    """Hold the document to its schema."""
    Draft202012Validator(SCHEMAS[name], registry=REGISTRY).validate(document)


def told(*arguments: str, name: str = "report", status: int = 0) -> dict:  # type: ignore[type-arg]
    """The JSON that the command prints, which is valid."""
    document: dict = json.loads(hwsim(*arguments, "--format", "json", status=status).stdout)  # type: ignore[type-arg]
    validate(name, document)
    return document


def test_a_limit_of_all_layers_together_chooses_among_their_fronts() -> None:
    """The report says the limit, the choice and its proof; each layer keeps its own certificate."""
    free = told(*EYERISS)["totals"]
    held = told(*EYERISS, "--within", "cycles=1.7e6")
    assert held["totals"]["cycles"] <= 1_700_000 < free["cycles"]
    assert held["totals"]["energy"] > free["energy"]
    assert held["within"] == [{"what": "cycles", "amount": 1_700_000, "layers": None}]
    assert held["choice"]["value"] == held["choice"]["lower_bound"] == held["totals"]["energy"]
    assert all(layer["mapping_proven"] for layer in held["layers"])
    printed = hwsim(*EYERISS, "--within", "cycles=1.7e6").stdout
    assert "within        at most 1,700,000 cycles in all\n" in printed
    assert "derived: least energy of all layers together, within the limits" in printed


def test_a_limit_of_each_layer_is_one_search_each() -> None:
    """A pattern before the measure; what is limited stands in the certificate."""
    held = told(*EYERISS, "--within", "*.utilization=0.9")
    assert all(layer["utilization"] >= 0.9 for layer in held["layers"])
    assert all(layer["certificate"]["within"]["cycles"] for layer in held["layers"])
    assert "choice" not in held
    just = held["layers"][0]["cycles"]
    again = told(*EYERISS, "--within", f"conv1.cycles={just}")
    assert again["layers"][0]["cycles"] <= just
    assert "within" not in again["layers"][1]["certificate"]


def test_one_layer_alone_is_the_sum() -> None:
    """Its limit is searched for, as that of a pattern is."""
    one = (*EYERISS[:-1], "conv1", "--objective", "cycles")
    alone = told(*one, "--within", "energy=7.1e8")
    assert alone["layers"] == told(*one, "--within", "conv1.energy=7.1e8")["layers"]
    assert alone["layers"][0]["energy"] <= 7.1e8


def test_the_front_is_told_in_every_form() -> None:
    """All say the same points; the ends are those of the plain objectives."""
    front = told(*EYERISS, "--front", name="front")
    points = [(point["energy"], point["cycles"]) for point in front["points"]]
    assert len(points) == 9
    for objective, end in (("energy", points[0]), ("cycles", points[-1])):
        totals = told(*EYERISS, "--objective", objective)["totals"]
        assert (totals["energy"], totals["cycles"]) == end
    for point in front["points"]:
        own = [one["points"][point["picks"][one["name"]]] for one in front["layers"]]
        assert point["energy"] == sum(layer["energy"] for layer in own)
    rows = list(csv.DictReader(StringIO(hwsim(*EYERISS, "--front", "--format", "csv").stdout)))
    whole = [row for row in rows if row["layer"] == "total"]
    assert [(int(row["energy_mac"]), int(row["cycles"])) for row in whole] == points
    assert len(rows) == len(points) + sum(len(one["points"]) for one in front["layers"])
    printed = hwsim(*EYERISS, "--front").stdout
    assert "conv1 3, conv3 4" in printed
    assert "proven: no other mappings have less energy in as few cycles" in printed


def test_a_limit_cuts_the_front() -> None:
    """Only points within it are shown."""
    front = told(*EYERISS, "--front", "--within", "cycles=1.8e6", name="front")
    assert len(front["points"]) == 4
    assert front["within"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("cycels=3", "'cycels' is nothing that can be limited; did you mean cycles?"),
        ("area=3", "'area' is nothing that can be limited: energy, cycles and utilization can be"),
        ("cycles", "must be [LAYERS.]WHAT=AMOUNT, as cycles=2e6"),
        ("cycles=many", "must be a number, not 'many'"),
        ("energy=-1", "must be a number above 0, not -1"),
        ("energy=nan", "must be a number above 0, not nan"),
        ("cycles=1e999", "must be a number above 0, not 1e999"),
        ("utilization=50", "must be a share, at most 1, not 50"),
    ],
)
@pytest.mark.parametrize("command", [SIMULATE, ("explain", CHIP, NET, "fc")])
def test_what_is_no_limit_is_said_in_a_line(command: tuple[str, ...], said: str, line: str) -> None:
    """All mistakes at once."""
    printed = hwsim(*command, "--within", said, "--within", "x=y", status=1).stderr
    assert printed.splitlines()[0] == f"within {said}: {line}"
    assert len(printed.splitlines()) == 2


def test_a_pattern_that_matches_nothing_is_refused() -> None:
    """As with every pattern of layers."""
    printed = hwsim(*SIMULATE, "--within", "cnv.cycles=3", status=1).stderr
    assert "no priced layer matches 'cnv'; did you mean conv?" in printed


def test_a_limit_that_nothing_meets_names_the_least_that_can_be_reached() -> None:
    """Of all layers together, or of one: what is said can be asked for."""
    printed = hwsim(*EYERISS, "--within", "cycles=1000", status=3).stderr
    assert "the limit is 1000 cycles, the fewest are 1655424, at a utilization" in printed
    hwsim(*EYERISS, "--within", "cycles=1655424")
    printed = hwsim(*EYERISS, "--within", "conv1.energy=1000", status=3).stderr
    assert "conv1: no mapping fits:\n  the limit is an energy of 1000.0, the least is" in printed
    least = printed.rsplit(" ", 1)[1].strip()
    hwsim(*EYERISS, "--within", f"conv1.energy={least}")
    both = ("--within", "energy=1.73e9", "--within", "cycles=1.7e6")
    printed = hwsim(*EYERISS, *both, status=3).stderr
    assert "the fewest cycles are" in printed


def test_what_is_not_proven_ends_with_its_own_status() -> None:
    """The report says how far off it may be."""
    early = (*EYERISS, "--no-cache", "--limit", "1")
    assert "not proven" in hwsim(*early, "--front", status=4).stdout
    front = told(*early, "--front", name="front", status=4)
    assert not front["proven"]
    assert 0 < front["gap"] < 1
    printed = hwsim(*early, "--within", "cycles=1000", status=3).stderr
    assert "the searches were ended early: there may be less" in printed
    held = told(*early, "--within", "cycles=9e6", status=4)
    assert held["choice"]["lower_bound"] < held["choice"]["value"]


def test_a_dense_mapping_has_neither_limits_nor_a_front() -> None:
    """It is found as if nothing were zero, and limits are of what zeros leave."""
    for option in (("--within", "cycles=3"), ("--within", "fc.cycles=3"), ("--front",)):
        printed = hwsim(*SIMULATE, "--dense-mapping", *option, status=1).stderr
        assert printed.startswith("limits and fronts are of what zeros leave")


def test_a_mapping_that_is_given_is_part_of_the_sum() -> None:
    """It has one point; alone it is held to its limit."""
    given = ("--mapping", "eyeriss_jssc_alexnet")
    front = told(
        "simulate", "eyeriss", "alexnet", "--layers", "conv*", *given, "--front", name="front"
    )
    assert len(front["points"]) == 1
    printed = hwsim(
        *("simulate", "eyeriss", "alexnet", "--layers", "conv1", *given),
        *("--within", "cycles=3"),
        status=3,
    ).stderr
    assert "the mapping that is given needs" in printed


def test_an_explanation_keeps_to_the_limits() -> None:
    """Its changes, too; bandwidths are tried where cycles are limited."""
    explain = ("explain", "eyeriss", "alexnet", "conv1", "--within", "utilization=0.8")
    whole = told(*explain, name="explanation")
    assert whole["within"]
    assert whole["layer"]["utilization"] >= 0.8
    assert any("bandwidth" in change["set"] for change in whole["changes"])
    printed = " ".join(hwsim(*explain, "--no-what-if").stdout.split())
    assert "no mapping of the declared space within the limits has less" in printed


def test_a_front_has_the_utilization_of_its_results() -> None:
    """Also where a MAC takes several cycles."""
    chip = load_architecture(CHIP, {"components.mac.cycles_per_mac": 3})
    found = front(chip, load_network(NET))
    for number, point in enumerate(found):
        assert found.utilization(point) == pytest.approx(found.result(number).utilization)
