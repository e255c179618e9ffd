"""The mapper with zeros, formats and narrow values known, against every mapping priced anew."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hwsim
from hwsim.architecture.components import Array, Component, Compute, Interconnect, Storage
from hwsim.mapper import Options, mapped
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS, Objective
from hwsim.workload.data import PARTIAL_SUMS, Data
from tests.build import convolution
from tests.mapper.problems import Problem, problems
from tests.mapper.test_exhaustive import assert_best
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
FEW = settings(max_examples=max(20, CHOSEN // 3))
#: What a tensor's zeros save: its access, or nothing, as they are encoded.
SAVINGS = st.sampled_from(["nothing", "gate", "skip", "bitmask", "coordinates"])


@st.composite
def contents(draw: st.DrawFn) -> Data:
    """Densities and bits of some tensors; eighths, so that the judge's sums stay integers."""
    shares = st.integers(0, 8).map(lambda eighths: Fraction(eighths, 8))
    widths = st.sampled_from([4, 8, 16, 24])
    named = st.sampled_from((*TENSORS, PARTIAL_SUMS))
    return Data(
        densities=draw(st.dictionaries(st.sampled_from(TENSORS), shares)),
        bits=draw(st.dictionaries(named, widths, max_size=2)),
    )


@st.composite
def sparse(draw: st.DrawFn, dense: st.SearchStrategy[Problem]) -> Problem:
    """A problem whose components mind what its tensors contain."""
    problem = draw(dense)
    chip = problem.architecture
    parts = {name: draw(minding(part)) for name, part in chip.components.items()}
    return Problem(
        layer=replace(problem.layer, data=draw(contents())),
        architecture=replace(chip, components=parts),
    )


@st.composite
def minding(draw: st.DrawFn, part: Component) -> Component:
    """The component with formats and with zeros that save something."""
    if isinstance(part, Array):
        return part
    does = {tensor: draw(SAVINGS) for tensor in (WEIGHTS, INPUTS)}
    zeros = {tensor: it for tensor, it in does.items() if it in ("gate", "skip")}
    if isinstance(part, Compute):
        law = draw(st.sampled_from(["product", "mean", "constant"]))
        return replace(part, zeros=zeros, energy_by_bits=law)
    assert isinstance(part, Storage | Interconnect)
    formats = {tensor: it for tensor, it in does.items() if it in ("bitmask", "coordinates")}
    return replace(part, zeros=zeros, formats=formats)


@FEW
@given(sparse(problems(most=1000)))
def test_no_mapping_is_better_with_zeros_known(problem: Problem) -> None:
    """The law, whatever the tensors contain and whoever minds it; encoded tiles find more room."""
    assert_best(problem)


def test_a_sparser_layer_may_take_another_mapping() -> None:
    """As weights vanish it pays to read them more often; `dense_mapping` does not know of it."""
    chip = hwsim.load_architecture("cvpr17")
    net = hwsim.load_network("alexnet").containing({"conv3": Data(densities={WEIGHTS: 0.05})})
    known = hwsim.simulate(chip, net, layers="conv3")
    unknown = hwsim.simulate(chip, net, layers="conv3", dense_mapping=True)
    dense = hwsim.simulate(chip, hwsim.load_network("alexnet"), layers="conv3")
    assert unknown.layers[0].nest == dense.layers[0].nest != known.layers[0].nest
    assert known.energy < unknown.energy < dense.energy


@pytest.mark.parametrize("objective", Objective)
def test_certificates_hold_with_zeros(objective: Objective) -> None:
    """What the search says that its mapping costs is what it costs when it is priced."""
    chip = hwsim.load_architecture("cvpr17")
    layer = convolution(C=6, M=10, P=7, Q=7, R=3, S=3)
    layer = replace(layer, data=Data(densities={WEIGHTS: 0.3, INPUTS: 0.4, OUTPUTS: 0.5}))
    certificate = mapped(chip, layer, Options(objective=objective)).certificate
    network = hwsim.load_network("alexnet")
    network = replace(network, nodes=(), layers=(layer,))
    result = hwsim.simulate(chip, network, objective=objective)
    worth = WORTH[objective](result.energy, result.cycles)
    assert certificate.proven
    assert certificate.value == pytest.approx(worth, rel=1e-9)
