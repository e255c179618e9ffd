"""Which nests an architecture can run: those that fit, and what is wrong with the others."""

from dataclasses import replace
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Array, Compartment, Component, Storage
from hwsim.mapping.fit import Misfit, misfits, words_needed
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.layer import Layer
from tests.build import architecture, array, compute, convolution, mapping, storage
from tests.generate import Case, any_layers, cases

LAYER = convolution(M=4, C=3, P=6, R=3)
SPLIT = architecture(storage("dram"), array("pes", x=8, reduces_along=()), compute())


def held(case: Case, storage: Storage, tensor: str) -> int:
    """Elements of the tensor in the storage's first tile, its largest, counted one by one; at its
    home, where nothing outside keeps the others, all of them.
    """
    at_home = case.architecture.routes[tensor][0] == storage.name
    inside = case.nest.tiles(case.layer.bounds, case.architecture.position(storage.name))
    tiles = dict(case.layer.bounds) if at_home else inside
    elements = set()
    for indices in product(*(range(tile) for tile in tiles.values())):
        at = dict(zip(tiles, indices, strict=True))
        ranks = case.layer.tensors[tensor]
        elements.add(tuple(sum(at[d] * factor for d, factor in rank.terms) for rank in ranks))
    return len(elements)


def changed(chip: Architecture, part: Component) -> Architecture:
    """The architecture with another component of that name."""
    return replace(chip, components={**chip.components, part.name: part})


def capacity(part: Storage, *sizes: tuple[tuple[str, ...], int]) -> Storage:
    """The storage with these compartments."""
    return replace(
        part, compartments=tuple(Compartment(tensors=t, capacity_words=n) for t, n in sizes)
    )


@given(cases())
def test_a_generated_nest_fits(case: Case) -> None:
    """The cases that counting is proved on are cases that pass here."""
    assert misfits(case.architecture, case.layer, case.nest) == []


@given(cases(any_layers(macs=60)), st.data())
def test_a_shared_capacity_of_exactly_the_need_fits(case: Case, data: st.DataObject) -> None:
    """One word less overflows by one word, and the message says which tensors need how much."""
    part = data.draw(st.sampled_from(case.architecture.storages))
    needs = {tensor: held(case, part, tensor) for tensor in part.holds}
    need = sum(needs.values())
    exact = changed(case.architecture, capacity(part, (part.holds, need)))
    assert misfits(exact, case.layer, case.nest) == []
    short = changed(case.architecture, capacity(part, (part.holds, need - 1)))
    living = [name for name in part.holds if case.architecture.routes[name][0] == part.name]
    at_home = f"; the routes of {' and '.join(living)} begin there, so it has to hold all of them: "
    at_home += "give it room, or let them begin further out"
    at_home = at_home if living else ""
    assert misfits(short, case.layer, case.nest) == [
        Misfit(
            place=part.name,
            dimension=None,
            what=f"{part.name} overflows by 1 word: "
            f"{' + '.join(f'{tensor} {words}' for tensor, words in needs.items())} do not fit into "
            f"{'1 word' if need == 2 else f'{need - 1} words'} of 16 bits{at_home}",
        )
    ]


@given(cases(any_layers(macs=60)), st.data())
def test_a_split_capacity_overflows_by_tensor(case: Case, data: st.DataObject) -> None:
    """Room that another tensor leaves does not help."""
    part = data.draw(st.sampled_from(case.architecture.storages))
    tensor = data.draw(st.sampled_from(part.holds))
    sizes = {name: held(case, part, name) for name in part.holds}
    exact = capacity(part, *(((name,), size) for name, size in sizes.items()))
    assert misfits(changed(case.architecture, exact), case.layer, case.nest) == []
    moved = {name: size + 100 for name, size in sizes.items()} | {tensor: sizes[tensor] - 1}
    short = capacity(part, *(((name,), size) for name, size in moved.items()))
    (misfit,) = misfits(changed(case.architecture, short), case.layer, case.nest)
    assert misfit.what.startswith(f"{part.name} overflows by 1 word: {tensor} {sizes[tensor]} do")


@given(cases(any_layers(macs=60)))
def test_words_needed_are_the_elements_of_the_tile(case: Case) -> None:
    """The closed form counts what a tile touches, element by element."""
    for part in case.architecture.storages:
        tiles = case.nest.tiles(case.layer.bounds, case.architecture.position(part.name))
        for tensor in part.holds:
            at_home = case.architecture.routes[tensor][0] == part.name
            extents = dict(case.layer.bounds) if at_home else tiles
            assert words_needed(case.layer, tensor, extents) == held(case, part, tensor)


@given(cases(), st.data())
def test_an_axis_of_exactly_the_need_fits(case: Case, data: st.DataObject) -> None:
    """One instance less is one too few, and only that axis is named."""
    used = {place.name: instances(case, place.name) for place in case.architecture.places}
    axes = [place for place in case.architecture.places if place.spatial and used[place.name] > 1]
    assume(axes)
    axis = data.draw(st.sampled_from(axes))
    part = case.architecture.components[axis.component]
    assert isinstance(part, Array)
    key, need = axis.name.partition(".")[2], used[axis.name]
    exact = replace(part, axes={**part.axes, key: need})
    assert misfits(changed(case.architecture, exact), case.layer, case.nest) == []
    short = replace(part, axes={**part.axes, key: need - 1})
    (misfit,) = misfits(changed(case.architecture, short), case.layer, case.nest)
    assert (misfit.place, misfit.dimension) == (axis.name, None)
    assert misfit.what.startswith(f"needs {need} instances (")
    assert misfit.what.endswith(f"), but has {need - 1}")


def instances(case: Case, place: str) -> int:
    """How many iterations the loops at the place have, together."""
    extents, count = dict(case.layer.bounds), 1
    for loop in case.nest.loops:
        if loop.place == place:
            count *= len(range(0, extents[loop.dimension], loop.tile))
        extents[loop.dimension] = min(extents[loop.dimension], loop.tile)
    return count


@given(cases(), st.data())
def test_loops_that_are_lost_are_not_missed(case: Case, data: st.DataObject) -> None:
    """Where some loops of a nest that fits are at no place that exists, nothing else is wrong."""
    astray = data.draw(st.sets(st.sampled_from([*case.nest.loops_at])))
    lost = frozenset(loop.dimension for place in astray for loop in case.nest.loops_at[place])
    known = {place: () if place in astray else loops for place, loops in case.nest.loops_at.items()}
    assert misfits(case.architecture, case.layer, Nest(loops_at=known), lost) == []


@given(cases(), st.data())
def test_a_dimension_that_loses_its_last_loop_is_named(case: Case, data: st.DataObject) -> None:
    """Without the innermost loop something is left of it; without any, all."""
    loops = [loop for loop in case.nest.loops if case.layer.bounds[loop.dimension] > 1]
    assume(loops)
    dimension = data.draw(st.sampled_from([loop.dimension for loop in loops]))
    last = [loop for loop in case.nest.loops if loop.dimension == dimension][-1]
    fewer = Nest(
        loops_at={
            place: tuple(loop for loop in here if loop is not last)
            for place, here in case.nest.loops_at.items()
        }
    )
    left = fewer.tiles(case.layer.bounds, len(case.architecture.places))[dimension]
    found = misfits(case.architecture, case.layer, fewer)
    if left == 1:
        assert found == []
    elif any(loop.dimension == dimension for loop in fewer.loops):
        (misfit,) = found
        assert misfit.dimension == dimension
        assert (
            misfit.what == f"the innermost loop over {dimension} leaves tiles of {left}, not of 1"
        )
    else:
        (misfit,) = found
        assert misfit.what == f"no loop over {dimension}, whose extent is {left}"


def test_a_tile_does_not_grow_inwards() -> None:
    """A loop cannot hand on more than what encloses it."""
    chip = architecture(storage("dram"), storage("buffer"), storage("spad"), compute())
    nest = mapping(chip, {"dram": {"P": 2}, "buffer": {"P": 3}, "spad": {"P": 1}})
    (misfit,) = misfits(chip, convolution(P=6), nest)
    assert (misfit.place, misfit.dimension, misfit.at_tile) == ("buffer", "P", True)
    assert misfit.what == "a tile of 3 inside the tiles of 2 at dram"


def test_a_first_tile_may_exceed_the_extent() -> None:
    """It is the whole of it: a loop of one iteration."""
    chip = architecture(storage("dram"), storage("spad"), compute())
    nest = mapping(chip, {"dram": {"P": 99}, "spad": {"P": 1}})
    assert misfits(chip, convolution(P=6), nest) == []


def test_only_what_is_summed_over_needs_an_axis_that_adds_up() -> None:
    """C, R and S are summed over; the others go anywhere."""
    for dimension, extent in LAYER.bounds.items():
        tiles = {d: 1 for d in LAYER.bounds if d != dimension}
        nest = mapping(SPLIT, {"dram": tiles, "pes.x": {dimension: 1}})
        found = misfits(SPLIT, LAYER, nest)
        expected = f"sums over {dimension}, but partial sums are not added up along pes.x"
        summed = dimension in "CRS" and extent > 1
        assert [misfit.what for misfit in found] == ([expected] if summed else [])


def test_everything_that_does_not_fit_is_said_at_once() -> None:
    """A missing loop hides neither an axis nor a capacity that is too small whatever it will be."""
    chip = architecture(
        storage("dram"),
        array("pes", x=2),
        storage("spad", WEIGHTS, capacity_words=5),
        compute(),
    )
    nest = mapping(chip, {"pes.x": {"P": 1}, "spad": {"M": 1, "C": 1}})
    assert [misfit.what for misfit in misfits(chip, LAYER, nest)] == [
        "no loop over R, whose extent is 3",
        "needs 6 instances (P 6), but has 2",
        "spad overflows by 7 words: weights 12 do not fit into 5 words of 16 bits",
    ]


def test_an_unlimited_storage_never_overflows() -> None:
    """A DRAM without a capacity holds every tensor of any layer."""
    chip = architecture(storage("dram"), compute())
    big: Layer = convolution(M=10**6, C=10**6, P=10**3, Q=10**3)
    nest = mapping(chip, {"dram": dict.fromkeys("MCPQ", 1)})
    assert misfits(chip, big, nest) == []
    assert set(chip.storages[0].holds) == {WEIGHTS, INPUTS, OUTPUTS} == set(TENSORS)


def test_a_nest_may_run_positions_together_and_filters_apart() -> None:
    """Each class of dimensions by itself: PQ at a time, but C and R in loops of their own."""
    chip = architecture(storage("dram"), storage("spad"), compute())
    layer = convolution(P=3, Q=2, R=2, C=2, stride=2)
    nest = mapping(chip, {"dram": {"PQ": 4, "C": 1}, "spad": {"PQ": 1, "R": 1}})
    assert misfits(chip, layer, nest) == []
    both = mapping(chip, {"dram": {"PQ": 4, "C": 1}, "spad": {"PQ": 1, "P": 1, "R": 1}})
    (misfit,) = misfits(chip, layer, both)
    assert misfit.what == "P runs in a loop over several dimensions already"
