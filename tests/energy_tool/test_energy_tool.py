"""Files of the energy estimation tool say what a network is, and are read back as it."""

from dataclasses import replace
from pathlib import Path

import pytest

import hwsim
from hwsim import Data, SpecificationError, energy_tool
from hwsim.energy_tool import from_energy_tool
from hwsim.energy_tool.columns import COLUMNS
from hwsim.vocabulary import TENSORS
from hwsim.workload.network import Network
from tests.command.call import hwsim as command

DESCRIBED = [
    "alexnet",
    "googlenet",
    "mobilenet_v1",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "squeezenet1_0",
    "vgg16",
]
#: conv2 of AlexNet, batch 4: 27 x 27 maps, padding 2, two groups.
CONV2 = "2,27,27,96,4,100,16,5,5,48,256,7,8,27,27,256,4,9,16,1,1,2,2,2,2"


def read_back(network: Network, folder: Path) -> Network:
    """The network that the file holds which the network is written to."""
    file = folder / "network.txt"
    file.write_text(energy_tool.render(network))
    return from_energy_tool(file)


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_network_is_read_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    """Layer by layer the same loops on the same ranks, with the same shares of zeros."""
    network = hwsim.load_network(name, batch=2)
    sparse = Data(
        densities={"weights": 0.25, "inputs": 0.25, "outputs": 0.125}, bits={"weights": 8}
    )
    network = network.containing({layer.name: sparse for layer in network.layers})
    again = read_back(network, tmp_path)
    assert again.batch == 2
    for layer, other in zip(network.layers, again.layers, strict=True):
        assert (other.bounds, other.tensors) == (layer.bounds, layer.tensors)
        assert other.data.bits == {"weights": 8, "inputs": 16, "outputs": 16}
        for tensor in TENSORS:
            density = float(sparse.density(tensor))
            error = 2 / layer.words(tensor)
            assert float(other.data.density(tensor)) == pytest.approx(density, abs=error)


def test_zeros_are_counted_as_the_file_counts_them(tmp_path: Path) -> None:
    """100 zeros among 4 x 96 x 27 x 27 inputs, and the padding, which the file does not count."""
    file = tmp_path / "net.txt"
    file.write_text(CONV2)
    (layer,) = from_energy_tool(file).layers
    inside, padded = 4 * 96 * 27 * 27, 4 * 96 * 31 * 31
    assert layer.data.density("inputs") * padded == inside - 100
    assert layer.data.density("weights") * layer.words("weights") == layer.words("weights") - 7
    assert layer.data.bits == {"inputs": 16, "weights": 8, "outputs": 16}


def test_another_batch_keeps_the_shares(tmp_path: Path) -> None:
    """With --batch the same shares of more images are zero."""
    file = tmp_path / "net.txt"
    file.write_text(CONV2)
    (four,) = from_energy_tool(file).layers
    (one,) = hwsim.load_network(file, batch=1).layers
    assert one.bounds == {**four.bounds, "N": 1}
    assert one.data == four.data


def test_all_problems_of_a_file_are_told_with_their_columns(tmp_path: Path) -> None:
    """Numbers that are none, that do not fit each other, and lines of another length."""
    bad = dict(zip(COLUMNS, CONV2.split(","), strict=True))
    bad |= {"output height": "26", "filter zeros": "999999999", "output images": "3"}
    lines = [CONV2, ",".join(bad.values()), "3,1,2", CONV2.replace("27,27,96", "27,x,0", 1)]
    file = tmp_path / "net.txt"
    file.write_text("\n".join(lines))
    with pytest.raises(SpecificationError) as error:
        from_energy_tool(file)
    said = [line.removeprefix(f"{file}:") for line in str(error.value).splitlines()]
    assert said == [
        "2:32: layer 2: filter zeros: 999999999 zeros among 307200 entries",
        "2:44: layer 2: output height: 26, but input, filter, padding and stride make 27",
        "2:54: layer 2: output images: 3, but the first layer has 4",
        "3:1: document: has 3 numbers, not 25",
        "4:6: input width: must be an integer of 1 or more, not 'x'",
        "4:8: input channels: must be an integer of 1 or more, not '0'",
    ]


def test_two_layers_of_one_number_are_refused(tmp_path: Path) -> None:
    """Their names would be the same."""
    file = tmp_path / "net.txt"
    file.write_text(f"{CONV2}\n{CONV2}\n")
    with pytest.raises(SpecificationError, match="is the number of an earlier layer, too"):
        from_energy_tool(file)


def test_the_command_writes_what_simulate_reads(tmp_path: Path) -> None:
    """`hwsim export` to a file, and `hwsim simulate` of it as of the network."""
    file = tmp_path / "small.txt"
    command("export", "alexnet", "--density", "alexnet_dense", "--output", str(file))
    arguments = ("--layers", "*8", "--format", "csv", "--no-cache")
    energies = []
    for name in ("alexnet", str(file)):
        densities = ("--density", "alexnet_dense") if name == "alexnet" else ()
        rows = command("simulate", "eyeriss", name, *densities, *arguments).stdout.splitlines()
        cells = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
        energies.append(float(cells["energy_mac"]))
    assert energies[1] == pytest.approx(energies[0], rel=1e-6)


def test_what_25_numbers_cannot_say_is_refused_by_name() -> None:
    """Products of activations have no filters."""
    run = command("export", "bert_block", status=1)
    assert "not attention.self.scores, attention.self.context" in run.stderr


def test_dilated_layers_are_refused() -> None:
    """There is no number for dilation."""
    network = hwsim.load_network("alexnet")
    layer = network.layers[1]
    ranks = layer.tensors["inputs"]
    rows = replace(ranks[-2], terms=(("P", 1), ("R", 2)))
    dilated = replace(layer, tensors={**layer.tensors, "inputs": (*ranks[:-2], rows, ranks[-1])})
    with pytest.raises(energy_tool.NotDescribed):
        energy_tool.render(replace(network, layers=(dilated,)))
