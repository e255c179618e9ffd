"""Prints the seconds of CPU time that reading a network takes, besides importing torch or onnx.

python -m benchmarks.importing
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

import hwsim
from hwsim.workload import Network

#: Priced layers, and the CPU seconds that we aim at.
LAYERS, TARGET = 100, 5


class Block(nn.Module):
    """Two convolutions with batch norms and a shortcut around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """A residual block as ResNet has it."""
        out = self.relu(self.bn1(self.conv1(x)))
        ended: Tensor = self.relu(self.bn2(self.conv2(out)) + x)
        return ended


def main() -> None:
    """The table; the first import of a process pays for what torch loads when it first exports."""
    ending = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    deep = nn.Sequential(nn.Conv2d(3, 64, 3), *(Block(64) for _ in range(LAYERS // 2 - 1)), *ending)
    image = torch.zeros(1, 3, 32, 32)
    print("network             layers   CPU s")
    _show("PyTorch, the first", lambda: hwsim.from_torch(deep, image))
    _show("PyTorch, again", lambda: hwsim.from_torch(deep, image))
    _show("PyTorch, batch 256", lambda: hwsim.from_torch(deep, image, batch=256))
    with TemporaryDirectory() as folder:
        path = _chain(Path(folder) / "chain.onnx")
        _show("ONNX", lambda: hwsim.from_onnx(path))
    print(f"\nTarget: {LAYERS} layers in less than {TARGET} CPU seconds.")


def _show(what: str, read: Callable[[], Network]) -> None:
    start = time.process_time()
    layers = len(read().layers)
    print(f"{what:<19} {layers:>6} {time.process_time() - start:>8.2f}")


def _chain(path: Path) -> Path:
    """A file of convolutions and activations, one after the other."""
    weights, nodes = [], []
    for index in range(LAYERS):
        array = np.ones((64, 64, 3, 3), np.float32)
        weights.append(numpy_helper.from_array(array, f"conv{index}.weight"))
        nodes += [
            helper.make_node("Conv", [f"x{index}", f"conv{index}.weight"], [f"c{index}"]),
            helper.make_node("Relu", [f"c{index}"], [f"x{index + 1}"]),
        ]
    image = helper.make_tensor_value_info("x0", TensorProto.FLOAT, ["images", 64, 256, 256])
    output = helper.make_empty_tensor_value_info(f"x{LAYERS}")
    graph = helper.make_graph(nodes, "chain", [image], [output], weights)
    onnx.save(helper.make_model(graph), path)
    return path


if __name__ == "__main__":
    main()
