"""What zeros and bits cannot do, whatever the case: laws of prices at a fixed mapping."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim import load_architecture
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compartment
from hwsim.cost import COMPUTE, Cost
from hwsim.mapper import best_nest
from hwsim.sparsity.width import room_of
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS, Data
from hwsim.workload.layer import Layer
from tests.build import architecture, array, compute, convolution, network, storage
from tests.cost.priced import cost_of

LAYER = convolution(C=4, M=6, P=5, Q=5, R=3, S=3)
CHIPS = ("eyeriss", "cvpr17", "eyeriss_actions", "isca16_rs", "tpu_like")
SHARES = st.fractions(0, 1, max_denominator=64)


def cost_with(chip: Architecture, layer: Layer, data: Data) -> Cost:
    """The cost of a layer that contains these data, in the nest that is best without them."""
    return cost_of(chip, replace(layer, data=data), best_nest(chip, layer))


@pytest.mark.parametrize("name", CHIPS)
def test_density_1_costs_what_dense_costs(name: str) -> None:
    """Data without a zero are as if nothing was said of zeros, also where they are encoded."""
    chip = load_architecture(name)
    said = Data(densities=dict.fromkeys(TENSORS, 1.0))
    assert cost_with(chip, LAYER, said) == cost_with(chip, LAYER, Data())


@settings(max_examples=30)
@given(st.sampled_from(CHIPS), st.sampled_from(TENSORS), st.tuples(SHARES, SHARES), SHARES, SHARES)
def test_energy_and_time_never_rise_when_values_become_zero(
    name: str, tensor: str, shares: tuple[Fraction, Fraction], second: Fraction, third: Fraction
) -> None:
    """At a fixed mapping, whatever the densities of the other tensors."""
    chip = load_architecture(name)
    others = dict(zip([t for t in TENSORS if t != tensor], (second, third), strict=True))
    few, many = (
        cost_with(chip, LAYER, Data(densities={**others, tensor: share}))
        for share in sorted(shares)
    )
    assert few.energy <= many.energy
    assert few.cycles <= many.cycles


@pytest.mark.parametrize("name", [name for name in CHIPS if name != "tpu_like"])
def test_half_of_all_bits_halve_the_energy_of_data(name: str) -> None:
    """Of 16, and a MAC, whose energy follows the product of its operands' bits, costs a quarter."""
    chip = load_architecture(name)
    whole = cost_with(chip, LAYER, Data())
    narrow = dict.fromkeys((*TENSORS, PARTIAL_SUMS), 8)
    half = cost_with(chip, LAYER, Data(bits=narrow))
    for (component, tensor), energy in whole.energies.items():
        share = Fraction(1, 4 if tensor == COMPUTE else 2)
        assert half.energies[component, tensor] == energy * share


@pytest.mark.parametrize(
    ("law", "energy"), [("product", 0.25 * 0.5), ("mean", 0.375), ("constant", 1)]
)
def test_a_mac_costs_what_its_law_says(law: str, energy: float) -> None:
    """With 4-bit weights and 8-bit inputs on a unit whose energy is that of 16 bits."""
    chip = architecture(storage("dram", read=0.0, write=0.0), compute(energy_by_bits=law))
    cost = cost_of(
        chip,
        replace(convolution(C=2), data=Data(bits={WEIGHTS: 4, INPUTS: 8})),
        {"dram": {"C": 1}},
    )
    assert cost.energy == 2 * Fraction(energy)


def test_only_the_last_write_home_is_an_output() -> None:
    """The sum over two channels goes home twice: a partial sum of 32 bits, an output of 8."""
    chip = architecture(
        storage("dram", read=0.0, write=16.0), storage("spad", read=0.0, write=0.0), compute()
    )
    data = Data(bits={PARTIAL_SUMS: 32, OUTPUTS: 8})
    layer = replace(convolution(C=2, M=2), data=data)
    cost = cost_of(chip, layer, {"dram": {"C": 1, "M": 1}})
    assert cost.energies["dram", OUTPUTS] == 2 * 32 + 2 * 8


def test_narrow_values_find_more_room() -> None:
    """A storage of 10 words of 16 bits holds 20 values of 8, or 5 partial sums of 32."""
    shared = Compartment(tensors=(WEIGHTS, OUTPUTS), capacity_words=10)
    alone = Compartment(tensors=(INPUTS,), capacity_words=10)
    spad = storage("spad", compartments=(shared, alone))
    layer = replace(LAYER, data=Data(bits={WEIGHTS: 8, INPUTS: 8, PARTIAL_SUMS: 32}))
    assert room_of(spad, alone, layer) == (20, {INPUTS: 1})
    capacity, taken = room_of(spad, shared, layer)
    assert capacity is not None
    assert capacity // taken[WEIGHTS] == 20
    assert capacity // taken[OUTPUTS] == 5


def test_encoded_tiles_take_the_room_that_they_are_expected_to_take() -> None:
    """With a bitmask, 160 bits hold 100 values of which one in 32 is not zero."""
    part = Compartment(tensors=(WEIGHTS,), capacity_words=10)
    spad = storage("spad", compartments=(part,), formats={WEIGHTS: "bitmask"})
    layer = replace(LAYER, data=Data(densities={WEIGHTS: Fraction(1, 32)}))
    assert room_of(spad, part, layer) == (106, {WEIGHTS: 1})


def test_skipped_macs_take_no_time_and_gated_ones_all() -> None:
    """Of 8 steps with every second weight zero, skipping leaves 4, gating 8."""
    layer = replace(convolution(C=8), data=Data(densities={WEIGHTS: 0.5}))
    expected: dict[str, int] = {"skip": 4, "gate": 8}
    for does, cycles in expected.items():
        chip = architecture(storage("dram"), compute(zeros={WEIGHTS: does}))
        cost = cost_of(chip, layer, {"dram": {"C": 1}})
        assert cost.cycles == cycles
        assert cost.energies["mac", COMPUTE] == 4


def test_a_network_carries_what_its_format_makes_of_the_words() -> None:
    """Encoded on the wires: of 64 inputs a quarter is not zero, 64 + 16 x 16 bits, 20 words."""
    wires = network("bus", deliver=1.0, formats={INPUTS: "bitmask"})
    chip = architecture(storage("dram"), wires, array("pes", x=1), storage("spad"), compute())
    layer = replace(convolution(C=64), data=Data(densities={INPUTS: 0.25}))
    cost = cost_of(chip, layer, {"dram": {"C": 1}})
    assert cost.energies["bus", INPUTS] == 20
