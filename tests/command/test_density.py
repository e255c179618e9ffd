"""`--density`, `--bits` and what reports say of zeros."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.command.call import CHIP, NET, hwsim, report

GATED = ("--set", "components.mac.zeros={weights: gate}")


def test_densities_and_bits_come_from_files_and_from_the_line(tmp_path: Path) -> None:
    """YAML, CSV, and assignments to patterns of layers; of what is said twice the last counts."""
    yaml = tmp_path / "densities.yaml"
    yaml.write_text(
        "schema: hwsim/density/v1\nlayers:\n  '*': {weights: 0.5, inputs: 0.25}\n"
        "  fc: {bits: {weights: 4}}\n"
    )
    csv = tmp_path / "densities.csv"
    csv.write_text("layer,weights,bits.inputs\n# a comment\nfc, 0.125,\nconv,,8\n")
    told = report("--density", yaml, "--density", csv, "--density", "f*.inputs=1", "--bits",
                  "outputs=8")  # fmt: skip
    conv, fc = (layer["stored"] for layer in told["layers"])
    assert (conv["weights"]["nonzeros"], conv["inputs"]["nonzeros"]) == (81, 27)
    assert (fc["weights"]["nonzeros"], fc["inputs"]["nonzeros"]) == (120 * 0.125, 24)
    assert [part["inputs"]["value_bits"] for part in (conv, fc)] == [8, 16]
    assert [part["weights"]["value_bits"] for part in (conv, fc)] == [16, 4]
    assert [part["outputs"]["value_bits"] for part in (conv, fc)] == [8, 8]


def test_macs_that_zeros_save_are_counted_and_cost_nothing() -> None:
    """With a quarter of the weights, a MAC that is gated on weights costs a quarter."""
    dense, sparse = report(*GATED), report(*GATED, "--density", "weights=0.25")
    assert sparse["totals"]["macs_charged"] * 4 == dense["totals"]["macs"]
    spent = [Fraction(str(told["totals"]["by_tensor"]["compute"])) for told in (dense, sparse)]
    assert spent[1] * 4 == spent[0]
    assert sparse["totals"]["cycles"] == dense["totals"]["cycles"]


def test_bits_stand_beside_words() -> None:
    """Half of the bits of the same words, at every component, unless a mapping uses the room."""
    mapping = ("--density", "weights=1")
    words = report(*mapping)["layers"][0]["accesses"]["dram"]["weights"]
    assert words["read_bits"] == 16 * words["reads"]
    narrow = report("--bits", "weights=8")["layers"][0]["accesses"]["dram"]["weights"]
    assert narrow["read_bits"] == 8 * narrow["reads"]


def test_formats_show_in_the_bits_of_a_value() -> None:
    """A bitmask of weights of which an eighth is left: 1 + 16 / 8 bits."""
    told = report("--set", "components.dram.formats={weights: bitmask}", "--density",
                  "weights=0.125")  # fmt: skip
    assert told["layers"][1]["stored"]["weights"]["stored_bits"] == 3


def test_the_text_tells_what_tensors_contain_only_where_something_is_told() -> None:
    """A table of nonzeros and MACs; none for a dense network of words."""
    assert "not zero" not in hwsim("simulate", CHIP, NET).stdout
    text = hwsim("simulate", CHIP, NET, *GATED, "--density", "weights=0.25").stdout
    assert "not zero" in text
    assert "25.0" in text


def test_explain_knows_of_zeros() -> None:
    """Its energy is that of simulate with the same densities."""
    options = (*GATED, "--density", "weights=0.25")
    energy = report(*options)["layers"][1]["energy"]
    told = hwsim("explain", CHIP, NET, "fc", *options, "--no-what-if", "--format", "json").stdout
    assert f'"energy": {energy}' in told


@pytest.mark.parametrize(
    ("options", "complaints"),
    [
        (
            ("--density", "weights=1.2", "--bits", "sums=8"),
            [
                "--density weights=1.2:1:9: layers.*.weights: must be at most 1, not 1.2",
                "--bits sums=8:1:1: layers.*.bits.sums: unknown key 'sums'",
            ],
        ),
        (
            ("--density", "covn.weights=0.5", "--density", "relu.inputs=0.5"),
            [
                "layers.covn: net has no priced layer 'covn'; did you mean conv?",
                "layers.relu: net has no priced layer 'relu'",
            ],
        ),
        (
            ("--bits", "8",),
            ["--bits 8:1:1: document: must be [LAYERS.]TENSOR=VALUE"],
        ),
        (
            ("--density", "alexnet_prunde"),
            ["no density 'alexnet_prunde': neither a file nor among what `hwsim list` shows"],
        ),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told_at_once(options: tuple[str, ...], complaints: list[str]) -> None:
    """Of all options together, each with its text and column."""
    said = hwsim("simulate", CHIP, NET, *options, status=1).stderr
    for complaint in complaints:
        assert complaint in said
