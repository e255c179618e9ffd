"""The closed forms against the nest executed MAC by MAC: every flow and all work are equal."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.accesses import Counts, count
from hwsim.architecture.components import Component
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import architecture, array, compute, convolution, mapping, scattered, storage
from tests.generate import Case, any_layers, cases, chip, layers, skeletons
from tests.interpreter import run

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
MANY = settings(max_examples=max(1000, CHOSEN))
SOME = settings(max_examples=max(150, CHOSEN))
FEW = settings(max_examples=max(20, CHOSEN // 20))

ROW = chip(storage("buffer"), array("pes", x=1), storage("spad"))
SCRATCHPADS = (storage("w", WEIGHTS), storage("i", INPUTS), storage("o", OUTPUTS))
EYERISS = chip(storage("buffer", INPUTS, OUTPUTS), array("pes", x=1, y=1), *SCRATCHPADS)
TWO_LEVELS = chip(
    storage("buffer"), array("clusters", x=1), storage("cache"), array("pes", x=1), storage("spad")
)
NO_STORAGE_BETWEEN = chip(array("clusters", x=1), storage("cache", INPUTS), array("pes", x=1, y=1))


def assert_counted_as_executed(case: Case) -> None:
    """Counting and executing the case yield the same."""
    counted = count(case.architecture, case.layer, case.nest)
    executed = run(case.architecture, case.layer, case.nest)
    assert _readable(counted) == _readable(executed)
    assert counted == executed


def _readable(counts: Counts) -> dict[str, tuple[int, int, int]]:
    flows = {
        f"{flow.link.tensor}: {flow.link.parent} to {flow.link.child}, visits arrivals returned": (
            flow.visits,
            flow.arrivals,
            flow.returned,
        )
        for flow in counts.flows
    }
    work = {
        f"{name}: steps instance_steps peak": (work.steps, work.instance_steps, work.peak)
        for name, work in counts.work.items()
    }
    return flows | work


@MANY
@given(cases())
def test_any_nest_counts_as_it_runs(case: Case) -> None:
    """The law: for any layer, architecture and nest, the counts are those of the run."""
    assert_counted_as_executed(case)


@FEW
@given(cases(any_layers(macs=600)))
def test_larger_layers_count_as_they_run(case: Case) -> None:
    """The law does not end at the tiniest of layers."""
    assert_counted_as_executed(case)


@MANY
@given(cases(joint=True))
def test_loops_over_several_dimensions_at_a_time_count_as_they_run(case: Case) -> None:
    """Positions without windows may be walked in any order of rows, columns and images."""
    assert_counted_as_executed(case)


@SOME
@given(cases(any_layers().map(scattered), joint=True))
def test_joint_loops_of_transposed_convolutions_count_as_they_run(case: Case) -> None:
    """There the elements of the filter are outputs of their own."""
    assert_counted_as_executed(case)


@SOME
@given(
    cases(
        layers(among="PRQSC", always="PR", strides=(1, 2), dilations=(1, 1)),
        st.one_of(ROW, EYERISS),
        required={"P": ("dram", "buffer", "...")},
    )
)
def test_sliding_windows(case: Case) -> None:
    """Consecutive tiles of the input overlap: the overlap stays, only what is new arrives."""
    assert_counted_as_executed(case)


@SOME
@given(
    cases(
        layers(among="PRQSM", always="PR", dilations=(1, 2)),
        required={"P": ("dram", "..."), "R": ("dram", "...")},
    )
)
def test_wraps_of_overlapping_loops(case: Case) -> None:
    """When one of two loops over a rank starts again, its last tile may overlap its first."""
    assert_counted_as_executed(case)


@SOME
@given(
    cases(
        st.builds(
            convolution,
            stride=st.integers(3, 4),
            dilation=st.integers(1, 3),
            C=st.integers(1, 2),
            P=st.integers(2, 5),
            Q=st.integers(1, 3),
            R=st.integers(1, 2),
            S=st.integers(1, 2),
        ),
        required={"P": ("dram", "...")},
    )
)
def test_strides_larger_than_the_filter(case: Case) -> None:
    """Input rows between the windows are never touched, and never counted."""
    assert_counted_as_executed(case)


@SOME
@given(
    cases(
        layers(among="PRQSM", always="PR", strides=(1, 4), dilations=(2, 3)),
        required={"P": ("dram", "..."), "R": ("...",)},
    )
)
def test_holes_of_dilation(case: Case) -> None:
    """A dilated window has holes, which the next window may or may not fill."""
    assert_counted_as_executed(case)


@st.composite
def idle_instances(draw: st.DrawFn, *, splits: str, returns: str) -> Case:
    """Two loops over a dimension in time and space, and one outside that brings the tiles back."""
    split = draw(st.sampled_from(splits))
    again = draw(st.sampled_from([dimension for dimension in returns if dimension != split]))
    other = draw(st.sampled_from([d for d in "NMCPR" if d not in (split, again)]))
    outside = draw(st.sampled_from(["dram", "buffer"]))
    return draw(
        cases(
            layers(among=split + again + other, always=split + again),
            draw(st.sampled_from([ROW, TWO_LEVELS])),
            required={split: (outside, "pes.x"), again: ("dram",)},
        )
    )


@SOME
@given(idle_instances(splits="NGMCPQRS", returns="NGMCPQRS"))
def test_idle_instances_that_come_back(case: Case) -> None:
    """An instance without work in the partial tile keeps what it holds until it has work again."""
    assert_counted_as_executed(case)


@SOME
@given(idle_instances(splits="NMPQ", returns="CRS"))
def test_idle_instances_with_partial_sums(case: Case) -> None:
    """So it does with partial sums, while those of its neighbours come and go."""
    assert_counted_as_executed(case)


def test_idle_partial_sums_below_two_clusters() -> None:
    """3 = 2 + 1 output rows on 2 PEs of each of 2 clusters: PE 1 rests with row 1 in its spad.

    Meanwhile row 1 leaves the cluster's cache and comes back to it for the second channel.
    """
    components = (
        array("clusters", x=2),
        storage("cache"),
        array("pes", x=2),
        storage("spad"),
    )
    whole = architecture(storage("dram"), *components, compute())
    tiles = {"dram": {"C": 1, "P": 2}, "clusters.x": {"R": 1}, "pes.x": {"P": 1}}
    layer = convolution(C=2, P=3, R=2)
    assert_counted_as_executed(Case(layer, whole, mapping(whole, tiles), str(tiles)))


def _reduction(components: st.SearchStrategy[tuple[Component, ...]]) -> st.SearchStrategy[Case]:
    """C and R in space at two levels, and in time outside."""
    return cases(
        layers(among="CRMPN", always="CR"),
        components,
        required={
            "C": ("dram", "clusters.x", "pes.x", "..."),
            "R": ("clusters.x", "pes.x", "..."),
            "M": ("...",),
        },
    )


@SOME
@given(_reduction(st.one_of(TWO_LEVELS, NO_STORAGE_BETWEEN)))
def test_spatial_reduction_at_two_levels(case: Case) -> None:
    """Partial sums of several instances are one update of their parent, at each level."""
    assert_counted_as_executed(case)


@SOME
@given(cases(components=skeletons(arrays=(1, 2), multicast=st.just(False))))
def test_arrays_without_multicast(case: Case) -> None:
    """Without multicast every delivery of weights and inputs is a read of its own."""
    assert_counted_as_executed(case)


@SOME
@given(cases(operands=("latched",)))
def test_latched_operands(case: Case) -> None:
    """A MAC that latches its operands takes one only when it differs from the last."""
    assert_counted_as_executed(case)


@SOME
@given(cases(components=EYERISS))
def test_a_scratchpad_for_each_tensor(case: Case) -> None:
    """Storages side by side: the loops of one lie inside or outside the tiles of the others."""
    assert_counted_as_executed(case)
