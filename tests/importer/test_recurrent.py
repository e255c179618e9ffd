"""Recurrent layers are their matrix products, step by step: as torch's cells do them, and no more.

The judge runs every cell by hand, on the module's own weights, until the outputs are the module's;
what it multiplies on the way is counted by torch.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import hwsim
from hwsim.importer.recurrent import Cell, recurrent_of
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from tests.importer.graphs import feeders

State = tuple[Tensor, ...]
EVERY = (nn.LSTM, nn.GRU, nn.RNN)

# --- By hand ---------------------------------------------------------------------------------


def lstm_step(x: Tensor, state: State, hidden: Callable[[Tensor], Tensor]) -> State:
    """The state after a step of an LSTM, of what the inputs give and of its state before."""
    i, f, g, o = (x + hidden(state[0])).chunk(4, -1)
    cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def gru_step(x: Tensor, state: State, hidden: Callable[[Tensor], Tensor]) -> State:
    """The state after a step of a GRU."""
    (r, z, n), (of_r, of_z, of_n) = x.chunk(3, -1), hidden(state[0]).chunk(3, -1)
    update = (z + of_z).sigmoid()
    return ((1 - update) * (n + (r + of_r).sigmoid() * of_n).tanh() + update * state[0],)


def rnn_step(x: Tensor, state: State, hidden: Callable[[Tensor], Tensor]) -> State:
    """The state after a step of a plain recurrent layer."""
    return ((x + hidden(state[0])).tanh(),)


STEPS = {"LSTM": lstm_step, "GRU": gru_step, "RNN_TANH": rnn_step}


def by_hand(module: nn.RNNBase, x: Tensor) -> Tensor:
    """The module's outputs for (steps, images, features), a matrix product at a time."""
    for number in range(module.num_layers):
        sides = []
        for suffix in ("", "_reverse")[: 1 + module.bidirectional]:
            own: dict[str, Any] = {
                name: getattr(module, f"{name}_l{number}{suffix}", None)
                for name in ("weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh")
            }
            steps = x.flip(0) if suffix else x
            made = torch.stack([*_directed(module, own, steps)])
            sides.append(made.flip(0) if suffix else made)
        x = torch.cat(sides, -1)
    return x


def _directed(module: nn.RNNBase, own: dict[str, Tensor], x: Tensor) -> Iterator[Tensor]:
    """The state after each step, in one direction."""

    def hidden(state: Tensor) -> Tensor:
        return nn.functional.linear(state, own["weight_hh"], own["bias_hh"])

    entering = nn.functional.linear(x, own["weight_ih"], own["bias_ih"])
    width = module.proj_size or module.hidden_size
    state: State = (torch.zeros(x.shape[1], width), torch.zeros(x.shape[1], module.hidden_size))
    for step in entering:
        state = STEPS[module.mode](step, state, hidden)
        if module.proj_size:
            state = nn.functional.linear(state[0], own["weight_hr"]), *state[1:]
        yield state[0]


def counted(call: Callable[[], Tensor]) -> tuple[Tensor, int]:
    """What the call yields, and the multiply-accumulates that torch counts."""
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        result = call()
    return result, flops.get_total_flops() // 2


# --- PyTorch ---------------------------------------------------------------------------------


@pytest.mark.parametrize("of", EVERY)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "both"), [(1, False), (1, True), (3, False), (2, True)])
def test_macs_are_those_of_the_cells_run_by_hand(
    of: Callable[..., nn.RNNBase], bias: bool, layers: int, both: bool
) -> None:
    """Of every kind, with one layer or several, in one direction or both."""
    module = of(5, 7, layers, bias=bias, bidirectional=both)
    x = torch.randn(6, 3, 5)
    made, macs = counted(lambda: by_hand(module, x))
    torch.testing.assert_close(made, module(x)[0])
    net = hwsim.from_torch(module, x)
    assert net.macs == macs
    matrices = (own for name, own in module.named_parameters() if "weight" in name)
    assert net.weights == sum(own.numel() for own in matrices)
    assert {node.kind for node in net.unpriced} <= {"concatenation"}


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, True)])
def test_a_projected_state_is_a_product_of_every_step(layers: int, both: bool) -> None:
    """What it is projected to is what the next step reads."""
    module = nn.LSTM(5, 7, layers, bidirectional=both, proj_size=3)
    x = torch.randn(6, 2, 5)
    made, macs = counted(lambda: by_hand(module, x))
    torch.testing.assert_close(made, module(x)[0])
    net = hwsim.from_torch(module, x)
    assert net.macs == macs
    (first, *_) = [layer for layer in net.layers if layer.name.endswith("projection")]
    assert (first.bounds["C"], first.bounds["M"], first.times) == (7, 3, 6)


def test_a_gru_is_priced_whole() -> None:
    """Not what reads it out alone, as it once was: 64 thousand of 3.29 million."""

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(40, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(self.gru(x)[0])

    net = hwsim.from_torch(Tagger(), torch.randn(1, 50, 40))
    assert {layer.name: layer.macs for layer in net.layers} == {
        "gru.input": 50 * 3 * 128 * 40,
        "gru.hidden": 50 * 3 * 128 * 128,
        "fc": 64_000,
    }
    assert net.macs == 3_289_600


def test_inputs_are_one_product_and_states_one_for_each_step() -> None:
    """Inputs of all steps are there at once; a state is there after the step before."""
    net = hwsim.from_torch(nn.LSTM(5, 7, batch_first=True), torch.randn(4, 6, 5))
    entering, kept = net.layers
    sizes = {"N": 4, "G": 1, "M": 28, "C": 5, "P": 1, "Q": 6, "R": 1, "S": 1}
    assert (entering.name, entering.times, entering.bounds) == ("lstm.input", 1, sizes)
    assert (kept.name, kept.times) == ("lstm.hidden", 6)
    assert kept.bounds == sizes | {"C": 7, "Q": 1}


def test_which_rank_is_the_batch_is_the_modules() -> None:
    """The same layers, however the sequence is laid out; one without a batch is of one image."""
    first, last = (nn.GRU(5, 7, batch_first=first) for first in (True, False))
    one = hwsim.from_torch(first, torch.randn(4, 6, 5)).layers
    other = hwsim.from_torch(last, torch.randn(6, 4, 5)).layers
    alone = hwsim.from_torch(last, torch.randn(6, 5)).layers
    assert [shape(layer) for layer in one] == [shape(layer) for layer in other]
    assert [layer.bounds["N"] for layer in alone] == [1, 1]
    assert sum(layer.macs for layer in one) == 4 * sum(layer.macs for layer in alone)


def shape(layer: Layer) -> tuple[tuple[tuple[str, int], ...], int]:
    """What tells layers apart besides their names and weights."""
    return tuple(layer.bounds.items()), layer.times


def test_a_larger_batch_runs_no_more_often() -> None:
    """Images of a batch step together."""
    module = nn.GRU(5, 7, batch_first=True)
    once, often = (hwsim.from_torch(module, torch.randn(2, 6, 5), batch=batch) for batch in (1, 8))
    assert often.macs == 8 * once.macs
    assert [layer.times for layer in often.layers] == [layer.times for layer in once.layers]


def test_names_count_layers_and_directions_where_there_are_several() -> None:
    """A layer's direction backwards is its `reverse`."""
    net = hwsim.from_torch(nn.RNN(5, 7, 2, bidirectional=True), torch.randn(6, 3, 5))
    assert [layer.name for layer in net.layers] == [
        f"rnn_tanh.{number}.{part}"
        for number in (0, 1)
        for part in ("input", "hidden", "reverse.input", "reverse.hidden")
    ]
    both = {"rnn_tanh.0.hidden", "rnn_tanh.0.reverse.hidden"}
    assert feeders(net)["rnn_tanh.1.input"] == feeders(net)["rnn_tanh.1.reverse.input"] == both
    assert feeders(net)["rnn_tanh.0.reverse.hidden"] == {"rnn_tanh.0.reverse.input"}


def test_weights_keep_their_zeros() -> None:
    """The density of each product is that of its own matrix."""
    module = nn.LSTM(4, 8, bidirectional=True, proj_size=2)
    shares = {}
    with torch.no_grad():
        for at, name in enumerate(["ih", "hh", "hr"]):
            for suffix in ("", "_reverse"):
                matrix = getattr(module, f"weight_{name}_l0{suffix}")
                matrix[: 1 + at + 3 * bool(suffix)] = 0
                shares[name, suffix] = Fraction(int(matrix.count_nonzero()), matrix.numel())
    net = hwsim.from_torch(module, torch.randn(3, 1, 4))
    order = [(name, suffix) for suffix in ("", "_reverse") for name in ("ih", "hh", "hr")]
    assert [layer.data.density(WEIGHTS) for layer in net.layers] == [shares[one] for one in order]
    assert len({*shares.values()}) > 3


class Decoder(nn.Module):
    """A state that goes from an encoder through two steps of a cell."""

    def __init__(self, encoder: nn.RNNBase, cell: nn.RNNCellBase) -> None:
        super().__init__()
        self.encoder, self.cell, self.out = encoder, cell, nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Tensor:
        made, state = self.encoder(x)
        state = tuple(one[-1] for one in state) if isinstance(state, tuple) else state[-1]
        for step in range(2):
            state = self.cell(made[:, step], state)
        return self.out(state[0] if isinstance(state, tuple) else state)


@pytest.mark.parametrize(
    ("encoder", "cell", "gates"),
    [(nn.LSTM, nn.LSTMCell, 4), (nn.GRU, nn.GRUCell, 3), (nn.RNN, nn.RNNCell, 1)],
)
def test_cells_are_two_products_at_each_call(
    encoder: Callable[..., nn.RNNBase], cell: Callable[..., nn.RNNCellBase], gates: int
) -> None:
    """Of what they read, and of the state that another has left them."""
    model = Decoder(encoder(5, 7, batch_first=True), cell(7, 7))
    net = hwsim.from_torch(model, torch.randn(3, 6, 5))
    named = {layer.name: layer for layer in net.layers}
    assert [*named][2:] == ["cell.input", "cell.hidden", "cell.input_1", "cell.hidden_1", "out"]
    assert all(named[name].macs == 3 * gates * 7 * 7 for name in [*named][2:-1])
    assert feeders(net)["cell.hidden"] == {"cell.input", "encoder.hidden"}
    assert feeders(net)["cell.hidden_1"] == {"cell.input_1", "cell.hidden"}
    assert feeders(net)["out"] == {"cell.hidden_1"}


def test_what_enters_is_measured_and_what_nobody_sees_is_not() -> None:
    """Zeros of the inputs are counted; of a state between two steps nothing is known."""

    class Rectified(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(5, 7, 2, batch_first=True), nn.Linear(7, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(self.gru(x.relu())[0])

    x = torch.randn(3, 6, 5)
    data = hwsim.measure(Rectified(), [x]).data
    positive = Fraction(int((x > 0).sum()), x.numel())
    assert data["gru.0.input"].densities == {WEIGHTS: 1, INPUTS: positive}
    assert data["gru.0.hidden"].densities == data["gru.1.input"].densities == {WEIGHTS: 1}
    assert {*data["fc"].densities} == {WEIGHTS, INPUTS, OUTPUTS}


def test_a_step_costs_its_weights_anew() -> None:
    """Simulated, the product of the states reads its weights at home once for each step."""
    net = hwsim.from_torch(nn.LSTM(5, 7), torch.randn(6, 1, 5))
    chip = hwsim.load_architecture("eyeriss")
    entering, kept = hwsim.simulate(chip, net).layers
    assert entering.accesses["dram"][WEIGHTS].reads == 4 * 7 * 5
    assert kept.accesses["dram"][WEIGHTS].reads == 6 * 4 * 7 * 7


# --- Cells -----------------------------------------------------------------------------------


def test_a_gate_that_reads_a_changed_state_is_a_product_of_its_own() -> None:
    """It multiplies no more, after the others of its step."""
    together = Cell(features=5, hidden=7, gates=3)
    apart = Cell(features=5, hidden=7, gates=3, apart=True)
    one, other = (recurrent_of(cell, images=2, steps=6) for cell in (together, apart))
    assert [*other] == ["input", "hidden", "candidate"]
    assert sum(layer.macs for layer in one.values()) == sum(layer.macs for layer in other.values())
    assert [layer.times for layer in other.values()] == [1, 6, 6]


# --- ONNX ------------------------------------------------------------------------------------


def exported(model: nn.Module, x: Tensor, path: Path) -> Network:
    """The network of a model that torch writes as ONNX."""
    file = path / "net.onnx"
    torch.onnx.export(model.eval(), (x,), str(file), dynamo=False)
    return hwsim.from_onnx(file)


@pytest.mark.parametrize("of", EVERY)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.filterwarnings("ignore")
def test_a_file_has_the_layers_of_the_module_it_was_written_from(
    of: Callable[..., nn.RNNBase], first: bool, tmp_path: Path
) -> None:
    """In both directions, of several layers; weights' zeros too, wherever the gates stand."""
    module = of(5, 7, 2, bidirectional=True, batch_first=first)
    with torch.no_grad():
        for at, own in enumerate(module.parameters()):
            own[: 1 + at % 3] = 0
    x = torch.randn(6, 3, 5)
    one, other = hwsim.from_torch(module, x), exported(module, x, tmp_path)
    assert [(shape(it), it.data) for it in one.layers] == [
        (shape(it), it.data) for it in other.layers
    ]
    assert one.macs == other.macs


def file(
    path: Path,
    operator: str,
    *,
    gates: int,
    layout: int = 0,
    directions: int = 1,
    **attributes: Any,
) -> Path:
    """A file with one operator of 7 units on sequences of 6 steps of 5 features, in batches of 3;
    the last of three rows of weights is zero.
    """
    sizes = {"W": (directions, gates * 7, 5), "R": (directions, gates * 7, 7)}
    arrays = {name: np.ones(size, dtype=np.float32) for name, size in sizes.items()}
    arrays["R"][:, -7:-3] = 0
    node = helper.make_node(
        operator, ["x", "W", "R"], ["", "h"], name="net", hidden_size=7, layout=layout, **attributes
    )
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 6, 5] if layout else [6, 3, 5])
    graph = helper.make_graph(
        [node],
        "graph",
        [x],
        [helper.make_empty_tensor_value_info("h")],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    made = path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), made)
    return made


@pytest.mark.parametrize(("operator", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
@pytest.mark.parametrize("layout", [0, 1])
def test_an_operator_is_the_products_of_its_cell(
    operator: str, gates: int, layout: int, tmp_path: Path
) -> None:
    """However its sequences are laid out, and though none of its outputs but the last is read."""
    net = hwsim.from_onnx(file(tmp_path, operator, gates=gates, layout=layout))
    assert net.macs == 3 * 6 * gates * 7 * (5 + 7)
    assert {(layer.bounds["N"], layer.times) for layer in net.layers} == {(3, 1), (3, 6)}


def test_directions_of_an_operator_are_told_apart(tmp_path: Path) -> None:
    """One alone may run backwards."""
    back = hwsim.from_onnx(file(tmp_path, "LSTM", gates=4, direction="reverse"))
    assert [layer.name for layer in back.layers] == ["net.reverse.input", "net.reverse.hidden"]
    both = hwsim.from_onnx(file(tmp_path, "RNN", gates=1, directions=2, direction="bidirectional"))
    assert [layer.name for layer in both.layers] == [
        f"net.{part}" for part in ("input", "hidden", "reverse.input", "reverse.hidden")
    ]


def test_a_candidate_is_apart_where_the_reset_comes_first(tmp_path: Path) -> None:
    """As is ONNX's default, but not torch's; each product has the zeros of its own rows."""
    first = hwsim.from_onnx(file(tmp_path, "GRU", gates=3))
    last = hwsim.from_onnx(file(tmp_path, "GRU", gates=3, linear_before_reset=1))
    assert first.macs == last.macs
    shares = {layer.name: layer.data.density(WEIGHTS) for layer in chain(first.layers, last.layers)}
    assert shares == {
        "net.input": 1,
        "net.hidden": Fraction(17, 21),
        "net.candidate": Fraction(3, 7),
    }
    assert feeders(first)["net.candidate"] == {"net.hidden"}


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """In our words, with the operator's name."""
    path = file(tmp_path, "LSTM", gates=3)
    with pytest.raises(hwsim.NotImported, match="net: its operands do not fit each other"):
        hwsim.from_onnx(path)
