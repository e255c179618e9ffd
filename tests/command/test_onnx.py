"""ONNX files wherever the command line takes a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.command.call import CHIP, NET, ROOT, hwsim


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
