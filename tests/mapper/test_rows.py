"""Rows that are charged whole: what the mapper finds is priced with them, and bounded without."""

from dataclasses import replace

from hypothesis import given, settings

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Storage
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.cache import keys
from hwsim.mapper import NoMapping, Options, confirmed, mapped
from hwsim.mapping.pair import Pair
from hwsim.priced import priced
from hwsim.vocabulary import Objective
from tests.build import architecture, compute, fully_connected, storage
from tests.cost.test_rows import in_rows
from tests.mapper.problems import Problem, problems
from tests.mapper.space import nests

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
ROUNDING = 1 - 1e-9


@settings(max_examples=max(30, CHOSEN // 5))
@given(problems(most=150))
def test_no_mapping_of_the_space_is_below_the_bound(problem: Problem) -> None:
    """Whatever rows cost, no mapping has less than is said, and the one found has what is said."""
    chip, layer = in_rows(problem.architecture, 48), problem.layer
    try:
        found = mapped(chip, layer)
    except NoMapping:
        return
    certificate = found.certificate
    spent = float(priced(chip, layer, found.nest).cost.energy)
    assert abs(certificate.value - spent) <= 1e-9 * spent
    assert confirmed(chip, layer, Options(), found)
    for family in nests(chip, layer):
        for each in family[:2]:
            least = float(priced(chip, layer, each).cost.energy)
            assert least >= certificate.lower_bound * ROUNDING


def chip(row_bits: int) -> Architecture:
    """A DRAM with rows of that width, and a scratchpad for two weights."""
    rows = Charging(rows="whole")
    return architecture(
        replace(storage("dram", charging=rows), access_bits=row_bits),
        storage("spad", "weights", capacity_words=2),
        compute(),
        dataflow=Dataflow(name="any", constraints={"dram": Constraint(dimensions=("M", "C"))}),
    )


def test_rows_and_the_width_of_values_are_in_the_key_of_a_mapping() -> None:
    """What was found for others is not taken for it."""
    layer = fully_connected(M=3, C=3)
    narrow = {
        name: replace(part, bits={"weights": 8}) if isinstance(part, Storage) else part
        for name, part in chip(64).components.items()
    }
    by_word = in_rows(chip(64), 64, "by_word")
    others = (chip(64), chip(16), by_word, replace(chip(64), components=narrow))
    assert len({*keys([Pair(each, layer) for each in others], Options())}) == len(others)


def test_rows_that_are_always_full_leave_a_proof_as_it_is() -> None:
    """A row of one value costs what a value does; wider ones are not proven to be used best."""
    layer = fully_connected(M=3, C=3)
    for objective in Objective:
        assert mapped(chip(16), layer, Options(objective=objective)).certificate.proven
    wide = mapped(chip(64), layer).certificate
    assert not wide.proven
    assert 0 < wide.gap < 1
