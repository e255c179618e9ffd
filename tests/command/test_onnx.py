"""ONNX files wherever the command line takes a network."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from jsonschema import Draft202012Validator
from onnx import TensorProto, helper, numpy_helper

from tests.command.call import CHIP, NET, ROOT, SCHEMA, hwsim


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two layers with an activation between; its batch is open, half of the weights are zero."""
    weights = {"conv.weight": np.ones((4, 3, 3, 3)), "fc.weight": np.ones((2, 144))}
    for array in weights.values():
        array[:, ::2] = 0
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight"], ["c"], name="/conv/Conv"),
        helper.make_node("Relu", ["c"], ["r"], name="relu"),
        helper.make_node("Flatten", ["r"], ["f"], name="flatten"),
        helper.make_node("Gemm", ["f", "fc.weight"], ["classes"], transB=1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["images", 3, 8, 8])
    classes = helper.make_empty_tensor_value_info("classes")
    arrays = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "graph", [image], [classes], arrays)
    path = tmp_path / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_a_file_is_simulated_at_any_batch(file: Path) -> None:
    """`--batch` closes the batch that the file leaves open."""
    arguments = ("simulate", CHIP, file, "--batch", "3", "--format", "json", "--no-cache")
    report = json.loads(hwsim(*arguments).stdout)
    assert (report["network"], report["batch"]) == ("tiny", 3)
    assert {layer["name"]: layer["bounds"]["N"] for layer in report["layers"]} == {
        "conv": 3,
        "fc": 3,
    }
    assert report["unpriced"] == [
        {"name": "relu", "kind": "relu"},
        {"name": "flatten", "kind": "flatten"},
    ]


def test_a_layer_of_a_file_is_explained(file: Path) -> None:
    """By its name, which is that of its weights."""
    assert "proven" in hwsim("explain", CHIP, file, "conv", "--no-what-if", "--no-cache").stdout


def test_a_file_is_checked(file: Path) -> None:
    """With others; what is wrong with it is said in one line each, and the status is 1."""
    assert hwsim("check", file).stdout == f"{file}: ok (network tiny)\n"
    bad = file.with_name("bad.onnx")
    bad.write_text("no model")
    result = hwsim("check", bad, NET, file, status=1)
    assert result.stdout == f"{NET}: ok (network net)\n{file}: ok (network tiny)\n"
    assert result.stderr == f"{bad}: model: is no ONNX file\n"
    assert hwsim("simulate", CHIP, bad, status=1).stderr == f"{bad}: model: is no ONNX file\n"


def test_a_check_says_what_a_network_lacks(tmp_path: Path) -> None:
    """In its one line: what has no price, and what is not known of weights."""
    absent = TensorProto(name="fc.weight", data_type=TensorProto.FLOAT, dims=[3, 4])
    nodes = [
        helper.make_node("MoE", ["x"], ["e"], domain="com.microsoft"),
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("MatMul", ["r", "fc.weight"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    x, y = (value(name, TensorProto.FLOAT, [2, size]) for name, size in (("x", 3), ("y", 4)))
    graph = helper.make_graph(nodes, "g", [x], [y], [absent])
    path = tmp_path / "net.onnx"
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets), path)
    assert hwsim("check", path).stdout == (
        f"{path}: ok (network net, missing: mo_e x1 (unknown MACs); what is in the weights of fc is"
        " not known, and counts as dense: they are left out of the file)\n"
    )


def test_a_mapping_is_tried_on_a_file(file: Path) -> None:
    """What a mapping is for may be an ONNX file beside it."""
    report = hwsim("simulate", CHIP, file, "--format", "json", "--layers", "fc").stdout
    mapping = json.loads(report)["layers"][0]["mapping"]
    path = file.with_name("mapping.json")
    path.write_text(json.dumps({**mapping, "architecture": CHIP, "network": "tiny.onnx"}))
    assert hwsim("check", path).stdout.endswith("fits tiny on chip)\n")
    again = hwsim("simulate", CHIP, file, "--layers", "fc", "--mapping", path)
    assert again.stderr == ""


def test_a_file_is_shown_as_it_is_read(file: Path) -> None:
    """Nodes, shapes, loops and densities, line by line; nothing of it can be set."""
    assert hwsim("show", file).stdout == (
        "name: tiny\n"
        "title: tiny, from ONNX\n"
        "source: tiny.onnx\n"
        "batch: 1\n"
        "nodes:\n"
        "  conv: {kind: convolution, from: [input], shape: [4, 6, 6], "
        "bounds: {N: 1, G: 1, M: 4, C: 3, P: 6, Q: 6, R: 3, S: 3}, densities: {weights: 0.333}}\n"
        "  relu: {kind: relu, from: [conv], shape: [4, 6, 6]}\n"
        "  flatten: {kind: flatten, from: [relu], shape: [144, 1, 1]}\n"
        "  fc: {kind: fully_connected, from: [flatten], shape: [2, 1, 1], "
        "bounds: {N: 1, G: 1, M: 2, C: 144, P: 1, Q: 1, R: 1, S: 1}, densities: {weights: 0.5}}\n"
    )
    assert "takes neither --origin nor --set" in hwsim("show", file, "--origin", status=2).stderr


@pytest.fixture
def open_file(tmp_path: Path) -> Path:
    """A convolution over a map of open sides, and another one; the first one's weights are gone."""
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight"], ["c"], name="/conv/Conv"),
        helper.make_node("Conv", ["c", "head.weight"], ["y"], name="/head/Conv"),
    ]
    weights = {"conv.weight": np.ones((4, 3, 3, 3)), "head.weight": np.ones((2, 4, 1, 1))}
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "height", "width"])
    made = helper.make_empty_tensor_value_info("y")
    arrays = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    arrays[0].ClearField("raw_data")
    arrays[0].data_location = TensorProto.EXTERNAL
    arrays[0].external_data.add(key="location", value="gone.bin")
    graph = helper.make_graph(nodes, "graph", [image], [made], arrays)
    path = tmp_path / "open.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


GONE = "what is in the weights of conv is not known, and counts as dense"
CLOSED = ("--shape", "image=1,3,12,10")


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", CHIP, "{}", "--no-cache"),
        ("explain", CHIP, "{}", "conv", "--no-what-if", "--no-cache"),
        ("export", "{}"),
        ("show", "{}"),
        ("check", "{}"),
    ],
    ids=lambda command: command[0],
)
def test_open_sizes_are_given_wherever_a_network_is_named(
    command: tuple[str, ...], open_file: Path
) -> None:
    """Whole or one by one; without them there is one line, with what to do."""
    named = [part.format(open_file) for part in command]
    refused = hwsim(*named, status=1)
    assert refused.stderr == (
        f"{open_file}: image: its sizes are open: 1 x 3 x height x width;"
        " give them, as --shape image=1,3,N,N or --dim height=N or --dim width=N\n"
    )
    whole = hwsim(*named, *CLOSED)
    one_by_one = hwsim(*named, "--dim", "height=12", "--dim", "width=10")
    assert whole.stdout == one_by_one.stdout
    if command[0] not in ("check", "show"):
        assert f"warning: {GONE}" in whole.stderr


def test_what_is_left_out_is_missing_in_every_report(open_file: Path) -> None:
    """By its name; the others are priced."""
    arguments = ("simulate", CHIP, open_file, *CLOSED, "--skip", "hea*", "--no-cache")
    printed = hwsim(*arguments)
    assert re.search(r"^missing  convolution x1 +640", printed.stdout, re.MULTILINE)
    assert "head (it is left out, as asked)" in printed.stderr
    report = json.loads(hwsim(*arguments, "--format", "json").stdout)
    assert [layer["name"] for layer in report["layers"]] == ["conv"]
    assert [(one["name"], one["macs"]) for one in report["missing"]] == [("head", 640)]
    assert report["notes"][0].startswith(GONE)
    Draft202012Validator(SCHEMA).validate(report)
    wrong = hwsim("simulate", CHIP, open_file, *CLOSED, "--skip", "haed", status=1)
    assert "no priced layer matches 'haed'; did you mean head?" in wrong.stderr
    assert "fc" in hwsim("simulate", CHIP, NET, "--skip", "fc", "--no-cache").stderr


def test_what_a_file_does_not_hold_is_shown(open_file: Path) -> None:
    """Below its nodes."""
    assert (
        f'notes:\n  - "{GONE}: they are kept in gone.bin, which is missing"\n'
        in hwsim("show", open_file, *CLOSED).stdout
    )


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--shape", "image"), "'image' is not INPUT=SIZES"),
        ((*CLOSED, *CLOSED), "image is given twice"),
        (("--shape", "image=1,3,x,8"), "'image=1,3,x,8' is not INPUT=SIZES"),
        (("--dim", "=8"), "'=8' is not NAME=SIZE"),
        (("--dim", "height=8,9"), "height is one size"),
    ],
)
def test_sizes_that_are_no_sizes_are_wrong_usage(
    options: tuple[str, str], what: str, open_file: Path
) -> None:
    """They are said as all wrong usage is."""
    assert what in hwsim("show", open_file, *options, status=2).stderr


def test_a_document_has_no_open_sizes() -> None:
    """Nothing that is asked for is passed over in silence."""
    assert "takes --shape, --dim and --skip" in hwsim("show", NET, *CLOSED, status=2).stderr
    assert "only ONNX files" in hwsim("simulate", CHIP, NET, *CLOSED, status=1).stderr


def without(package: str, *lines: str) -> "subprocess.CompletedProcess[str]":
    """Python in a process that cannot import this package."""
    code = "\n".join(("import sys", f"sys.modules[{package!r}] = None", *lines))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    called = [sys.executable, "-c", code]
    return subprocess.run(called, capture_output=True, text=True, env=environment, check=False)


def test_a_missing_package_is_named_with_its_extra(file: Path) -> None:
    """No traceback: what to install, and status 1."""
    call = f"sys.argv[1:] = ['simulate', {CHIP!r}, {str(file)!r}]"
    ended = without("onnx", call, "from hwsim.command import main", "main()")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "this needs the package onnx: pip install 'hwsim[onnx]'\n"


def test_python_without_torch_is_told_the_extra() -> None:
    """`import hwsim` works, and what needs torch says so when it is asked for."""
    caught = ("try: hwsim.from_torch", "except hwsim.MissingPackage as error: print(error)")
    ended = without("torch", "import hwsim", *caught, "print(hwsim.load_network('alexnet').name)")
    assert ended.stdout == "this needs the package torch: pip install 'hwsim[torch]'\nalexnet\n"
