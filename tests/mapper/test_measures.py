"""The sum of products that the mapper minimises: it is the energy, word for word."""

from fractions import Fraction

import pytest

from hwsim.mapper.measures import energy
from hwsim.pipeline import load_architecture, load_network


@pytest.mark.parametrize("batch", [1, 128, 4096])
def test_what_a_word_is_worth_depends_on_no_layer(batch: int) -> None:
    """The energy of one more word is exact, however large the energy of the layer."""
    chip = load_architecture("eyeriss_actions", ["components.buffer.energy.read=3.1"])
    worth = energy(chip, load_network("alexnet", batch).layers[1]).weights
    words = {(link.tensor, link.parent, side): value for (link, side), value in worth.items()}
    read = Fraction(words["inputs", "buffer", "visits"]).limit_denominator(1000)
    assert read == Fraction("3.1")
