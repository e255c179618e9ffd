"""Branches and loops of ONNX: what they read counts, and no multiplication in them vanishes."""

from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper

from hwsim import NotImported, from_onnx
from hwsim.workload.network import Network, Omission
from tests.importer.files import body, model, operator, zeros

FLOAT = TensorProto.FLOAT
#: A condition that is computed from the input.
OPEN = [
    operator("ReduceMax", "x", to="most", keepdims=0),
    operator("Cast", "most", to="condition"),
]
OPEN[1].attribute.append(helper.make_attribute("to", TensorProto.BOOL))


def convolution(of: str, weight: str, to: str) -> NodeProto:
    """A convolution."""
    return operator("Conv", of, f"{weight}.weight", to=to)


def read(folder: Path, nodes: list[NodeProto], **weights: object) -> Network:
    """The network of these operators on a map of 3 x 8 x 8, with two convolutions' weights."""
    given = {"conv1.weight": zeros(8, 3, 3, 3), "conv2.weight": zeros(8, 8, 3, 3), **weights}
    return from_onnx(model(folder, nodes, {"x": (1, 3, 8, 8)}, given))


def choice(condition: str, then: list[NodeProto], otherwise: list[NodeProto]) -> NodeProto:
    """A branch."""
    return operator(
        "If", condition, to="b", then_branch=body(then), else_branch=body(otherwise), name="choice"
    )


CONV1, CONV2 = 8 * 27 * 36, 8 * 72 * 16


@pytest.mark.parametrize("taken", [True, False])
def test_what_a_branch_captures_is_not_constant(taken: bool, tmp_path: Path) -> None:
    """A condition that is constant chooses between operators that read activations; those that
    follow are priced, and the graph goes through the branch.
    """
    nodes = [
        convolution("x", "conv1", "a"),
        choice("c", [operator("Relu", "a", to="t")], [operator("Identity", "a", to="e")]),
        convolution("b", "conv2", "y"),
    ]
    network = read(tmp_path, nodes, c=np.array(taken))
    assert [layer.name for layer in network.layers] == ["conv1", "conv2"]
    assert network.macs == CONV1 + CONV2
    through = next(node for node in network.nodes if node.name == "conv2").sources
    assert through == (("b",) if taken else ("conv1",))


def test_a_branch_that_constants_choose_is_priced(tmp_path: Path) -> None:
    """As if the other one were not there; names that both branches use are no matter."""
    then = [convolution("x", "conv1", "a"), operator("Relu", "a", to="r")]
    otherwise = [operator("Relu", "x", to="a"), operator("Relu", "a", to="r")]
    nodes = [
        choice("c", then, otherwise),
        operator("If", "d", to="z", then_branch=body(otherwise), else_branch=body(then)),
        convolution("b", "conv2", "y"),
    ]
    network = read(tmp_path, nodes, c=np.array(True), d=np.array(False))
    assert [layer.name for layer in network.layers] == ["conv1", "conv1_1", "conv2"]
    assert network.macs == 2 * CONV1 + CONV2


def test_a_branch_in_a_branch_is_followed(tmp_path: Path) -> None:
    """What the inner one captures is what the outer one reads."""
    inner = operator(
        "If",
        "c",
        to="i",
        then_branch=body([convolution("a", "conv2", "t")]),
        else_branch=body([operator("Identity", "a", to="e")]),
    )
    nodes = [convolution("x", "conv1", "a"), choice("c", [inner], [inner])]
    assert read(tmp_path, nodes, c=np.array(True)).macs == CONV1 + CONV2


def test_a_branch_that_the_input_chooses_is_missing_with_its_dearest(tmp_path: Path) -> None:
    """Its MACs are those of the branch that multiplies more; what follows is priced."""
    then = [convolution("x", "conv1", "a"), convolution("a", "conv2", "t")]
    otherwise = [convolution("x", "conv1", "e")]
    nodes = [*OPEN, choice("condition", then, otherwise), operator("Relu", "b")]
    network = read(tmp_path, nodes)
    assert network.layers == ()
    (missing,) = network.missing
    assert (missing.name, missing.kind, missing.macs) == ("choice", "if", CONV1 + CONV2)
    assert network.nodes[-1].sources == ("choice",)


def test_a_branch_that_multiplies_nothing_is_missed_by_nobody(tmp_path: Path) -> None:
    """It is a node as any other."""
    relu = [operator("Relu", "x", to="r")]
    network = read(tmp_path, [*OPEN, choice("condition", relu, relu)])
    assert network.missing == ()
    assert network.nodes[-1].kind == "if"


def loop(trips: str, goes_on: str, inside: list[NodeProto], **shape: object) -> NodeProto:
    """A loop that carries a map of 8 x 6 x 6 from `a`."""
    carried = helper.make_tensor_value_info("v", FLOAT, [1, 8, 6, 6])
    number = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    condition = helper.make_tensor_value_info("on", TensorProto.BOOL, [])
    graph = body(inside, [number, condition, carried], outputs=[goes_on, "w"])
    return operator("Loop", trips, "", "a", to="y", body=graph, name="repeat")


SAME_SIZE = helper.make_node("Conv", ["v", "c3.weight"], ["w"], pads=[1, 1, 1, 1])


@pytest.mark.parametrize(
    ("goes_on", "ends", "macs"),
    [
        ("still", operator("Identity", "on", to="still"), 5 * 8 * 72 * 36),
        ("ends", operator("Not", "on", to="ends"), None),
    ],
    ids=["to its end", "until it decides"],
)
def test_a_loop_is_missing_as_often_as_it_runs(
    goes_on: str, ends: NodeProto, macs: int | None, tmp_path: Path
) -> None:
    """Its trips times its body, if it cannot end before; else nobody knows."""
    nodes = [convolution("x", "conv1", "a"), loop("trips", goes_on, [SAME_SIZE, ends])]
    weights = {"c3.weight": zeros(8, 8, 3, 3), "trips": np.array(5)}
    network = read(tmp_path, nodes, **weights)
    assert [layer.name for layer in network.layers] == ["conv1"]
    assert [(one.name, one.kind, one.macs) for one in network.missing] == [("repeat", "loop", macs)]


@pytest.mark.parametrize(
    ("ends", "inside"),
    [("Identity", [SAME_SIZE]), ("Not", [SAME_SIZE]), ("Not", [operator("Relu", "v", to="w")])],
    ids=["to its end", "until it decides", "without products"],
)
def test_what_follows_a_loop_that_keeps_a_shape_is_priced(
    ends: str, inside: list[NodeProto], tmp_path: Path
) -> None:
    """However often it runs, which is not at all perhaps."""
    repeat = loop("trips", "still", [*inside, operator(ends, "on", to="still")])
    nodes = [convolution("x", "conv1", "a"), repeat, convolution("y", "conv2", "z")]
    weights = {"c3.weight": zeros(8, 8, 3, 3), "trips": np.array(5)}
    network = read(tmp_path, nodes, **weights)
    assert [(layer.name, layer.macs) for layer in network.layers] == [
        ("conv1", CONV1),
        ("conv2", CONV2),
    ]
    assert len(network.missing) == (SAME_SIZE in inside)


def test_what_follows_a_loop_that_changes_a_shape_is_not_known(tmp_path: Path) -> None:
    """A map that grows by its own size at each step."""
    grows = [operator("Concat", "v", "v", to="w", axis=3), operator("Identity", "on", to="still")]
    nodes = [
        convolution("x", "conv1", "a"),
        loop("trips", "still", grows),
        convolution("y", "conv2", "z"),
    ]
    with pytest.raises(NotImported, match="the shape of y is not known"):
        read(tmp_path, nodes, trips=np.array(5))


def test_loops_in_loops_keep_shapes_in_no_more_time_than_they_hold(tmp_path: Path) -> None:
    """Thirty of them, one in the other."""
    inside = [SAME_SIZE, operator("Identity", "on", to="still")]
    for _ in range(30):
        repeat = loop("trips", "still", inside)
        repeat.input[2], repeat.output[0] = "v", "w"
        inside = [repeat, operator("Identity", "on", to="still")]
    repeat = loop("trips", "still", inside)
    nodes = [convolution("x", "conv1", "a"), repeat, convolution("y", "conv2", "z")]
    weights = {"c3.weight": zeros(8, 8, 3, 3), "trips": np.array(2)}
    network = read(tmp_path, nodes, **weights)
    assert network.macs == CONV1 + CONV2
    assert network.missing[0].macs == 2**31 * 8 * 72 * 36


def test_a_scan_is_missing_once_for_each_slice(tmp_path: Path) -> None:
    """A cell that is written out as a scan: the steps are the size along the scanned axis."""
    step = [
        operator("MatMul", "h", "u.weight", to="k"),
        operator("Add", "k", "s", to="n"),
        operator("Identity", "n", to="o"),
    ]
    given = [helper.make_tensor_value_info(name, FLOAT, [1, 8]) for name in ("h", "s")]
    scan = helper.make_node(
        "Scan",
        ["start", "x"],
        ["last", "y"],
        body=body(step, given, outputs=["n", "o"]),
        num_scan_inputs=1,
        name="cell",
    )
    weights = {"start": np.zeros((1, 8), np.float32), "u.weight": zeros(8, 8)}
    network = from_onnx(model(tmp_path, [scan], {"x": (7, 1, 8)}, weights))
    assert [(one.name, one.macs) for one in network.missing] == [("cell", 7 * 64)]


def test_more_images_are_more_of_what_is_missing(tmp_path: Path) -> None:
    """A batch of three."""
    branch = [convolution("x", "conv1", "t")]
    nodes = [*OPEN, choice("condition", branch, branch)]
    path = model(tmp_path, nodes, {"x": (1, 3, 8, 8)}, {"conv1.weight": zeros(8, 3, 3, 3)})
    (missing,) = from_onnx(path, 3).missing
    assert missing.macs == 3 * CONV1


def test_work_on_weights_alone_is_said(tmp_path: Path) -> None:
    """It is done once, before any image, whatever the batch; what it yields are weights."""
    nodes = [
        operator("MatMul", "table", "position.weight", to="p"),
        operator("MatMul", "x", "p"),
    ]
    weights = {"table": zeros(8, 5), "position.weight": zeros(5, 6)}
    path = model(tmp_path, nodes, {"x": ("n", 8)}, weights)
    network = from_onnx(path, 4)
    assert [layer.macs for layer in network.layers] == [4 * 48]
    assert network.precomputed == (
        Omission(
            name="position",
            kind="fully_connected",
            macs=8 * 5 * 6,
            why="it reads weights alone",
        ),
    )


def test_operators_that_multiply_are_never_harmless(tmp_path: Path) -> None:
    """Those whose loops are not read are missing, with MACs that nobody knows."""
    nodes = [helper.make_node("MoE", ["x"], ["y"], domain="com.microsoft", name="experts")]
    network = from_onnx(model(tmp_path, nodes, {"x": (2, 3)}, domain="com.microsoft"))
    assert [(one.name, one.kind, one.macs) for one in network.missing] == [
        ("experts", "mo_e", None)
    ]
    assert network.unpriced == ()
