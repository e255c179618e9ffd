"""Products of matrices on systolic arrays: hwsim's cycles beside SCALE-Sim's."""

from typing import Any

import pytest

from tests.validation.script import systolic

PRODUCTS = systolic.published()


@pytest.mark.parametrize(
    "product", PRODUCTS, ids=lambda it: f"{it.stationary}-{it.height}x{it.width}-{it.name}"
)
def test_cycles_are_scale_sims_but_for_rows_of_nothing(product: Any) -> None:
    """Exact where outputs stay, and where tiles fill the array; else SCALE-Sim shifts in rows and
    columns of weights that there are not.
    """
    assert systolic.cost(product).cycles == product.ends - product.unfilled


def test_most_products_are_exact() -> None:
    """The difference is nothing in 42 of 54."""
    assert sum(product.unfilled == 0 for product in PRODUCTS) == 42
    assert len(PRODUCTS) == 54


def test_a_product_of_4_by_4_matrices_takes_10_cycles_on_4_by_4_pes() -> None:
    """4 steps, and the last PE begins 3 + 3 cycles after the first."""
    first = PRODUCTS[0]
    assert (first.height, first.width, first.name) == (4, 4, "4 x 4 x 4")
    told = systolic.cost(first)
    assert (told.cycles, told.compute_cycles, told.fill_cycles) == (10, 4, 6)
