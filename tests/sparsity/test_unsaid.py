"""Values without bits are words: a warning where these cannot all be as wide as the value."""

from dataclasses import replace
from pathlib import Path

import pytest

from hwsim import load_architecture, load_network, simulate
from hwsim.architecture.architecture import Architecture
from hwsim.sparsity.unsaid import unsaid
from hwsim.sparsity.width import plain_bits
from hwsim.specification import shipped
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS, Data
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, convolution, network, storage
from tests.command.call import NET, hwsim

ALL = (WEIGHTS, INPUTS, PARTIAL_SUMS, OUTPUTS)


def chip(*widths: int) -> Architecture:
    """A chip with words of these widths: of its home, buffer, wires and MAC."""
    home, buffer, wires, mac = widths
    return architecture(
        replace(storage("home"), word_bits=home),
        replace(storage("buffer"), word_bits=buffer),
        replace(network("wires"), word_bits=wires),
        replace(compute(), word_bits=mac),
    )


def layer(*given: str) -> Layer:
    """A layer of which these have bits."""
    return replace(convolution(M=2, C=2), data=Data(bits=dict.fromkeys(given, 8)))


@pytest.mark.parametrize("name", shipped("architecture"))
def test_what_is_shipped_counts_every_value_alike(name: str) -> None:
    """Nothing is to be said of it, also where sums are wider than operands."""
    assert unsaid(load_architecture(name), [layer()]) == {}


@pytest.mark.parametrize(
    ("widths", "told"),
    [
        ((16, 16, 16, 16), ()),
        ((64, 32, 8, 8), ALL),
        ((64, 8, 8, 8), ALL),
        ((8, 8, 8, 16), (WEIGHTS, INPUTS)),
        ((8, 24, 24, 8), (WEIGHTS, INPUTS)),
        ((8, 64, 8, 8), (WEIGHTS, INPUTS, PARTIAL_SUMS)),
    ],
    ids=str,
)
def test_words_that_contradict_one_another_are_told(
    widths: tuple[int, ...], told: tuple[str, ...]
) -> None:
    """An operand is as wide everywhere; a sum is nowhere wider than further inside."""
    assert unsaid(chip(*widths), [layer()]).keys() == set(told)


@pytest.mark.parametrize("what", ALL)
def test_whose_bits_are_given_is_not_told(what: str) -> None:
    """Given in every layer; one layer without is told as well as all."""
    wide = chip(64, 32, 8, 8)
    assert unsaid(wide, [layer(what)]).keys() == {*ALL} - {what}
    assert unsaid(wide, [layer(what), layer()]).keys() == {*ALL}
    assert unsaid(wide, [layer(*ALL)]) == {}


VECTOR = """schema: hwsim/architecture/v1
name: vector
energy_unit: pJ
word_bits: 8
charging: {by: action}
components:
  dram:
    kind: storage
    holds: [weights, inputs, outputs]
    word_bits: 64
    energy: {read: 512, write: 512}
  mac: {kind: compute, energy: {compute: 0.2}}
routes: {weights: [dram, mac], inputs: [dram, mac], outputs: [dram, mac]}
dataflow: {name: all, temporal: {dram: {dimensions: [N, G, M, C, P, Q, R, S]}}}
"""
TOLD = "weights and inputs 64 bits in dram, 8 in mac"


@pytest.mark.parametrize("command", ["simulate", "explain"])
def test_a_value_of_a_whole_vector_word_is_warned_of(command: str, tmp_path: Path) -> None:
    """On stderr, with what mends it; with the bits, nothing is said and an eighth is spent."""
    file = tmp_path / "vector.yaml"
    file.write_text(VECTOR, "utf-8")
    asked: list[str | Path] = [command, file, NET, *(["fc"] if command == "explain" else [])]
    said = hwsim(*asked).stderr
    assert said.startswith("note: values without bits count as whole words")
    assert TOLD in said
    assert "--bits weights=8" in said
    mended = [f"--bits={what}=8" for what in ALL]
    assert hwsim(*asked, *mended).stderr == ""


SAID = f"bits: {{{', '.join(f'{what}: 8' for what in ALL)}}}\n"


def test_a_chip_or_a_network_says_how_wide_values_are(tmp_path: Path) -> None:
    """In a file as with `--bits`: nothing is told, and eight values of 8 bits share 64."""
    narrow, wide, net = (tmp_path / name for name in ("narrow.yaml", "wide.yaml", "net.yaml"))
    wide.write_text(VECTOR, "utf-8")
    narrow.write_text(VECTOR + SAID, "utf-8")
    net.write_text(Path(NET).read_text("utf-8") + SAID, "utf-8")
    options = [f"--bits={what}=8" for what in ALL]
    told = [
        hwsim("simulate", chip, of, "--format", "csv", *more)
        for chip, of, more in ((wide, NET, options), (narrow, NET, []), (wide, net, []))
    ]
    assert [one.stderr for one in told] == ["", "", ""]
    assert len({one.stdout for one in told}) == 1
    assert hwsim("simulate", wide, NET, "--format", "csv").stdout != told[0].stdout


def test_of_those_who_say_bits_the_nearest_to_the_run_counts(tmp_path: Path) -> None:
    """An option before the network, the network before the chip, each for what it says."""
    file, net = tmp_path / "chip.yaml", tmp_path / "net.yaml"
    file.write_text(VECTOR + "bits: {weights: 2, inputs: 4, partial_sums: 32}\n", "utf-8")
    net.write_text(Path(NET).read_text("utf-8") + "bits: {weights: 8, inputs: 16}\n", "utf-8")
    chip, layer = load_architecture(file), load_network(net).layers[0]
    optional = replace(layer.data, bits={**layer.data.bits, "weights": 1})
    bits = {what: plain_bits(chip.storages[0], replace(layer, data=optional), what) for what in ALL}
    assert bits == {WEIGHTS: 1, INPUTS: 16, PARTIAL_SUMS: 32, OUTPUTS: 64}


def test_the_report_repeats_the_warning(tmp_path: Path) -> None:
    """Who reads only the report sees what its energies suppose."""
    file = tmp_path / "vector.yaml"
    file.write_text(VECTOR, "utf-8")
    told = " ".join(hwsim("simulate", file, NET).stdout.split())
    assert f"widths values without bits count as whole words, whose widths differ: {TOLD}" in told
    bits = ["--bits", "weights=8", "--bits", "inputs=8"]
    assert "widths differ" not in hwsim("simulate", file, NET, *bits).stdout


def test_a_vector_word_holds_several_values(tmp_path: Path) -> None:
    """Eight values of 8 bits share the energy of a word of 64: 64 pJ each, not 512."""
    file = tmp_path / "vector.yaml"
    file.write_text(VECTOR, "utf-8")
    net = load_network(NET)
    narrow = net.containing({each.name: Data(bits=dict.fromkeys(ALL, 8)) for each in net.layers})
    chip = load_architecture(file)
    wide, mended = (simulate(chip, of).cost.by_component["dram"] for of in (net, narrow))
    assert wide == 8 * mended
