"""Routes to an order of the components, or to the circle that they go in."""

from collections.abc import Mapping
from itertools import pairwise

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.architecture.graph import circle, graph, inwards

NAMES = ("dram", "buffer", "noc", "array", "spad", "mac")

Routes = Mapping[str, list[str]]


def routes(orders: st.SearchStrategy[list[str]]) -> st.SearchStrategy[Routes]:
    """A route for each tensor, over some components in one of these orders."""
    return st.fixed_dictionaries(
        {
            tensor: st.tuples(orders, st.sets(st.sampled_from(NAMES), min_size=2)).map(
                lambda drawn: [name for name in drawn[0] if name in drawn[1]]
            )
            for tensor in ("weights", "inputs", "outputs")
        }
    )


@given(
    st.permutations(NAMES),
    st.permutations(NAMES).flatmap(lambda order: routes(st.just(order))),
)
def test_the_order_is_the_first_of_those_that_the_routes_allow(
    given: list[str], taken: Routes
) -> None:
    """Whether the file has them from the outside inwards or not, it is the one of networkx."""
    expected = networkx.lexicographical_topological_sort(graph(given, taken), key=given.index)
    assert inwards(given, taken) == [*expected]
    assert circle(given, taken) == []


@given(st.permutations(NAMES), routes(st.permutations(NAMES)))
def test_a_circle_is_found_where_there_is_one(given: list[str], taken: Routes) -> None:
    """And its edges are steps of routes, each going on where the one before ends."""
    found = circle(given, taken)
    assert bool(found) != networkx.is_directed_acyclic_graph(graph(given, taken))
    for here, there, tensor in found:
        assert (here, there) in pairwise(taken[tensor])
    for (_, ends, _), (begins, _, _) in pairwise([*found, *found[:1]]):
        assert ends == begins


@pytest.mark.parametrize("given", [NAMES, NAMES[::-1]])
def test_a_component_that_no_route_passes_keeps_its_place(given: tuple[str, ...]) -> None:
    """Without a route nothing is said of any order."""
    assert inwards(given, {}) == [*given]
