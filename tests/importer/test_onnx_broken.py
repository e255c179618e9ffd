"""ONNX files that are broken, incomplete or hostile: a line that says so, or a note; no traceback,
and neither time nor memory without bound.
"""

import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import NodeProto, TensorProto, helper, numpy_helper

from hwsim import NotImported, from_onnx, load_architecture, simulate
from hwsim.report import render
from hwsim.vocabulary import WEIGHTS
from tests.importer.files import body, model, operator, zeros

HUGE = 10**12


def elsewhere(folder: Path, held: int = 0) -> Path:
    """A file of a convolution and a linear layer, whose weights are in another one of so many
    bytes.
    """
    nodes = [
        operator("Conv", "x", "conv.weight", to="c"),
        operator("Flatten", "c", to="f"),
        operator("MatMul", "f", "fc.weight"),
    ]
    weights = {"conv.weight": zeros(4, 3, 3, 3), "fc.weight": zeros(144, 5)}
    path = model(folder, nodes, {"x": (1, 3, 8, 8)}, weights)
    onnx.save(
        onnx.load(path),
        path,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    os.truncate(folder / "weights.bin", held)
    return path


def test_weights_elsewhere_are_read(tmp_path: Path) -> None:
    """Nothing is noted of a file that is whole."""
    path = elsewhere(tmp_path, held=4 * (4 * 27 + 144 * 5))
    np.concatenate([zeros(4 * 27), zeros(144 * 5)]).tofile(tmp_path / "weights.bin")
    network = from_onnx(path)
    assert network.notes == ()
    assert [layer.data.density(WEIGHTS) * layer.parameters for layer in network.layers] == [1, 1]


@pytest.mark.parametrize(
    ("held", "what"),
    [(None, "in weights.bin, which is missing"), (100, "in weights.bin, which does not hold them")],
)
def test_weights_that_are_not_there_are_said(held: int | None, what: str, tmp_path: Path) -> None:
    """In the network and in its report; they count as dense."""
    path = elsewhere(tmp_path, held or 0)
    if held is None:
        (tmp_path / "weights.bin").unlink()
    network = from_onnx(path)
    (note,) = network.notes
    assert note.startswith("what is in the weights of conv, fc is not known, and counts as dense:")
    assert what in note
    assert [layer.data.density(WEIGHTS) for layer in network.layers] == [1, 1]
    result = simulate(load_architecture("eyeriss"), network, layers="fc")
    assert "what is in the weights of conv, fc" in render(result, "text")
    assert "what is in the weights of conv, fc" in render(result, "json")


def test_weights_that_were_left_out_of_the_file_are_said(tmp_path: Path) -> None:
    """Shapes are all that loops need; what is zero, nobody knows."""
    empty = TensorProto(data_type=TensorProto.FLOAT, dims=[3, 4])
    path = model(tmp_path, [operator("MatMul", "x", "w")], {"x": (2, 3)}, {"w": empty})
    network = from_onnx(path)
    assert network.macs == 2 * 12
    assert "they are left out of the file" in network.notes[0]


def test_sparse_weights_are_weights(tmp_path: Path) -> None:
    """Their zeros are those that the file does not list."""
    path = model(tmp_path, [operator("MatMul", "x", "fc.weight")], {"x": (2, 3)})
    proto = onnx.load(path)
    values = numpy_helper.from_array(np.ones(2, np.float32), "fc.weight")
    indices = numpy_helper.from_array(np.array([1, 7]), "indices")
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3, 4]))
    onnx.save(proto, path)
    (layer,) = from_onnx(path).layers
    assert layer.data.density(WEIGHTS) * 12 == 2


def tensor(*dims: int, values: int = 0) -> TensorProto:
    """A tensor that says these sizes, and holds so many values."""
    made = TensorProto(data_type=TensorProto.FLOAT, dims=dims)
    made.raw_data = bytes(4 * values)
    return made


CONV = operator("Conv", "x", "w", name="conv")
MAP = (1, 3, 8, 8)


@pytest.mark.parametrize(
    ("node", "weights", "what"),
    [
        (CONV, {"w": tensor(-4, 3, 3, 3)}, "w: -4 x 3 x 3 x 3 are no sizes"),
        (CONV, {"w": tensor(HUGE, 3, 3, 3, values=8)}, "w: is 1000000000000 x 3 x 3 x 3 values of"),
        (CONV, {"w": tensor(0, 3, 3, 3)}, "conv: the shape of w has no values: 0 x 3 x 3 x 3"),
        (operator("Conv", "x", "w", group=0), {"w": zeros(4, 3, 3, 3)}, "y: .* in 0 groups"),
        (operator("Conv", "x", "w", group=-1), {"w": zeros(4, 3, 3, 3)}, "y: .* in -1 groups"),
        (operator("Conv", "x", "w", group=2), {"w": zeros(4, 3, 3, 3)}, "y: .* in 2 groups"),
        (operator("Conv", "x", "w", group="2"), {"w": zeros(4, 3, 3, 3)}, "y: its group is no int"),
        (operator("Conv", "x", "w", strides=[0, 1]), {"w": zeros(4, 3, 3, 3)}, "y: "),
        (operator("Conv", "x", "w", dilations=[1]), {"w": zeros(4, 3, 3, 3)}, "y: "),
        (operator("Conv", "x"), {}, "y: the shape of an operand is not known"),
        (operator("Gemm", "x", "w"), {"w": zeros(8, 8)}, "y: multiplies matrices, not tensors of"),
        (operator("Attention", "x", "x", "x", domain="com.microsoft"), {}, "y: "),
        (operator("MatMul", "x", "y"), {}, "y: "),
    ],
)
def test_sizes_that_make_no_sense_are_refused(
    node: NodeProto, weights: dict[str, Any], what: str, tmp_path: Path
) -> None:
    """One line, with the operator or the tensor, whatever the file says."""
    path = model(tmp_path, [node], {"x": MAP}, weights, domain="com.microsoft")
    with pytest.raises(NotImported, match=f"model.onnx: {what}"):
        from_onnx(path)


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        ((HUGE, 3, 8, 8), f"model: has a batch of {HUGE} images, and 1048576 are the most"),
        ((1, 3, HUGE, 8), f"conv: the shape of x has sizes above 2147483647: 1 x 3 x {HUGE} x 8"),
    ],
)
def test_inputs_that_no_machine_holds_are_refused(
    shape: tuple[int, ...], what: str, tmp_path: Path
) -> None:
    """Before anything is made of their sizes."""
    path = model(tmp_path, [CONV], {"x": shape}, {"w": zeros(4, 3, 3, 3)})
    with pytest.raises(NotImported, match=what):
        from_onnx(path)


def test_nothing_is_computed_that_grows_without_bound(tmp_path: Path) -> None:
    """Constants of 10^12 values, of loops of 10^12 steps, or made of themselves: they stay open."""
    size = np.array([HUGE])
    number = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    condition = helper.make_tensor_value_info("on", TensorProto.BOOL, [])
    carried = helper.make_tensor_value_info("v", TensorProto.FLOAT, [4])
    step = [operator("Add", "v", "v", to="w"), operator("Identity", "on", to="still")]
    endless = body(step, [number, condition, carried], outputs=["still", "w"])
    nodes = [
        operator("ConstantOfShape", "size", to="filled"),
        operator("Expand", "one", "size", to="expanded"),
        operator("Range", "zero", "most", "unit", to="range"),
        operator("Loop", "most", "", "four", to="looped", body=endless),
        operator("Add", "circle", "one", to="circle"),
        operator("MatMul", "x", "fc.weight"),
    ]
    weights = {
        "size": size,
        "one": np.ones(1, np.float32),
        "zero": np.int64(0),
        "unit": np.int64(1),
        "most": np.int64(HUGE),
        "four": np.ones(4, np.float32),
        "fc.weight": zeros(8, 4),
    }
    network = from_onnx(model(tmp_path, nodes, {"x": (2, 8)}, weights))
    assert [layer.name for layer in network.layers] == ["fc"]


def test_weights_that_are_too_many_to_look_at_are_said(tmp_path: Path) -> None:
    """10^10 of one value: their loops are known, their zeros are not."""
    nodes = [operator("ConstantOfShape", "size", to="w"), operator("MatMul", "x", "w")]
    path = model(tmp_path, nodes, {"x": (1, 10**5)}, {"size": np.array([10**5, 10**5])})
    network = from_onnx(path)
    assert network.macs == 10**10
    assert "it is too large" in network.notes[0]


def test_constants_that_share_what_they_are_made_of_are_computed_once(tmp_path: Path) -> None:
    """A chain of 60 doublings, each of which reads the last one twice, is 60 additions."""
    nodes = [operator("Add", f"w{at}", f"w{at}", to=f"w{at + 1}") for at in range(60)]
    nodes += [operator("MatMul", "x", "w60")]
    weight = np.zeros((64, 64), np.float32)
    (layer,) = from_onnx(model(tmp_path, nodes, {"x": (2, 64)}, {"w0": weight})).layers
    assert layer.data.density(WEIGHTS) == 0


def functions(folder: Path, calls: dict[str, list[str]]) -> Path:
    """A file of functions, each of which calls these."""
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    made = [
        helper.make_function(
            "own",
            name,
            ["a"],
            ["b"],
            [
                *(
                    helper.make_node(one, ["a"], [f"t{at}"], domain="own")
                    for at, one in enumerate(to)
                ),
                helper.make_node("Relu", ["a"], ["b"]),
            ],
            opset,
        )
        for name, to in calls.items()
    ]
    path = model(folder, [operator("f0", "x", domain="own")], {"x": MAP}, domain="own")
    proto = onnx.load(path)
    proto.functions.extend(made)
    onnx.save(proto, path)
    return path


@pytest.mark.parametrize(
    ("calls", "what"),
    [
        ({"f0": ["f1"], "f1": ["f0"]}, "f0: is a function that calls itself"),
        (
            {f"f{at}": [f"f{at + 1}"] * 2 for at in range(40)} | {"f40": []},
            "model: its functions make too many operators",
        ),
    ],
    ids=["of itself", "of two to the fortieth"],
)
def test_functions_that_never_end_are_refused(
    calls: dict[str, list[str]], what: str, tmp_path: Path
) -> None:
    """Before they are written out."""
    with pytest.raises(NotImported, match=what):
        from_onnx(functions(tmp_path, calls))


def test_functions_are_written_out(tmp_path: Path) -> None:
    """Their operators are nodes as others."""
    network = from_onnx(functions(tmp_path, {"f0": ["f1", "f1"], "f1": []}))
    assert [node.kind for node in network.nodes] == ["relu"] * 3


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """It is not waited for."""
    path = tmp_path / "model.onnx"
    os.mkfifo(path)
    with pytest.raises(NotImported, match="model: is no file"):
        from_onnx(path)


# --- Any bytes -------------------------------------------------------------------------------


def whole(folder: Path) -> onnx.ModelProto:
    """A small file with something of everything."""
    relu, same = [operator("Relu", "c", to="t")], [operator("Identity", "c", to="e")]
    nodes = [
        operator("Conv", "x", "conv.weight", to="c", group=1, strides=[1, 1], pads=[0, 0, 0, 0]),
        operator("If", "yes", to="b", then_branch=body(relu), else_branch=body(same)),
        operator("Shape", "b", to="shape"),
        operator("Gather", "shape", "zero", to="images", axis=0),
        operator("Concat", "images", "rest", to="sizes", axis=0),
        operator("Reshape", "b", "sizes", to="f"),
        operator("DequantizeLinear", "fc.weight", "s", "z", to="w"),
        operator("Gemm", "f", "w", to="g", transB=1),
        operator("QuantizeLinear", "g", "s", "z", to="q"),
        operator("MatMulInteger", "q", "m.weight", "z", to="i"),
        operator("Einsum", "f", "f", equation="ij,kj->ik", to="y"),
    ]
    weights = {
        "conv.weight": zeros(4, 3, 3, 3),
        "fc.weight": np.ones((5, 144), np.uint8),
        "m.weight": np.ones((5, 6), np.uint8),
        "s": np.float32(1),
        "z": np.uint8(3),
        "yes": np.array(True),
        "zero": np.array([0]),
        "rest": np.array([-1]),
    }
    return onnx.load(model(folder, nodes, {"x": ("n", 3, 8, 8)}, weights))


def read(folder: Path, content: bytes) -> None:
    """Read a file, which may be refused in one line for each fault."""
    path = folder / "any.onnx"
    path.write_bytes(content)
    try:
        network = from_onnx(path)
    except NotImported as error:
        lines = str(error).splitlines()
    else:
        lines = []
        assert all(bound > 0 for layer in network.layers for bound in layer.bounds.values())
    assert all(line.startswith(f"{path}: ") for line in lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for many files."""
    return tmp_path_factory.mktemp("any")


@pytest.fixture(scope="module")
def proto(folder: Path) -> onnx.ModelProto:
    """The small file, which is read whole."""
    made = whole(folder)
    read(folder, made.SerializeToString())
    return made


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), min_size=1, max_size=5))
def test_any_bytes_are_read_or_refused(
    folder: Path, proto: onnx.ModelProto, changes: list[tuple[float, bytes]]
) -> None:
    """Bytes of a file that are others, or are gone."""
    content = bytearray(proto.SerializeToString())
    for place, instead in changes:
        at = int(place * len(content))
        content[at : at + max(1, len(instead))] = instead
    read(folder, bytes(content))


def fields(message: Any) -> list[Callable[[Any], None]]:
    """What sets each single value of a message, and of those in it, to another one."""
    found = list[Callable[[Any], None]]()
    for field, value in message.ListFields():
        items = value if field.is_repeated else [value]
        for at, item in enumerate(items):
            if field.message_type:
                found += fields(item)
            elif field.is_repeated:
                found.append(partial(value.__setitem__, at))
            else:
                found.append(partial(setattr, message, field.name))
    return found


NUMBERS = [0, 1, -1, 2, 3, 7, 2**31 - 1, HUGE, -HUGE, 2**63 - 1]
TEXTS = ["", "x", "y", "c", "conv.weight", "Loop", "If", "Conv", "MatMul", "com.microsoft", b"\xff"]


@pytest.mark.parametrize("seed", range(60))
def test_any_values_are_read_or_refused(folder: Path, proto: onnx.ModelProto, seed: int) -> None:
    """Numbers, names and texts of a file that are others: sizes, settings, kinds, weights."""
    drawn = random.Random(seed)
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    for change in drawn.sample(fields(made), drawn.randint(1, 4)):
        for value in drawn.sample([*NUMBERS, *TEXTS], len(NUMBERS + TEXTS)):
            try:
                change(value)
            except (TypeError, ValueError):
                continue
            break
    read(folder, made.SerializeToString())


def parts(message: Any) -> list[tuple[Any, Any]]:
    """The fields of a message that are set, and of those in it, each with its message."""
    found = list[tuple[Any, Any]]()
    for field, value in message.ListFields():
        found.append((message, field))
        if field.message_type:
            for item in value if field.is_repeated else [value]:
                found += parts(item)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_any_part_may_be_gone_or_there_twice(
    folder: Path, proto: onnx.ModelProto, seed: int
) -> None:
    """Operators without inputs, branches without outputs, weights of one name."""
    drawn = random.Random(seed)
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    for _ in range(drawn.randint(1, 3)):
        message, field = drawn.choice(parts(made))
        items = getattr(message, field.name)
        if not field.is_repeated:
            message.ClearField(field.name)
        elif drawn.random() < 0.5:
            del items[drawn.randrange(len(items))]
        else:
            items.extend([drawn.choice(items)])
    read(folder, made.SerializeToString())
