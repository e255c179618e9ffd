"""Prints how long it takes to prune all weights of AlexNet's layers: calibration and solves.

    python -m benchmarks.alexnet [--images 1000] [--density 0.1] [--solver obc] [--threads 2]

The convolutions, fc6 and fc7 are those of the network for ten classes, fc8 is drawn for 1000, so
that there are as many weights as published. Every layer is solved in the order of computing, on
the inputs of the network pruned so far; nothing is fine-tuned or evaluated. Seconds are of the
processor (all threads) and of the clock, which others on the machine make longer.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from hwsim import load_architecture
from prune.data import open_images, split
from prune.methods.layer import solutions
from prune.models import build, definition
from prune.pipeline import prepared
from prune.settings import Calibration, Settings
from prune.training.memory import keep_memory
from prune.weights import load

DATA = Path(__file__).parents[2] / "shared" / "data"
CLASSES = 1000


def main() -> None:
    """A line for each layer, and all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--density", type=float, default=0.1)
    parser.add_argument("--solver", default="obc")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    keep_memory()
    pictures = open_images(
        asked.data / "imagenette160_train.npz", definition("alexnet").preprocessing
    )
    parts = split(pictures, {"validation": 1, "train": None})
    settings = Settings(solver=asked.solver, calibration=Calibration(images=asked.images))
    network = alexnet(asked.data)
    with timed("all"):
        with timed("reading images, tracing"):
            chip = load_architecture("cvpr17")
            train, held = parts["train"], parts["validation"]
            bench = prepared(network, chip, train=train, validation=held, settings=settings)
        with timed("outputs of the dense network"):
            _ = bench.given.targets
        state = dict(network.state_dict())
        for layer in bench.given.layers:
            with timed(layer):
                (found,) = solutions(bench, state, layer, [asked.density])
            state[f"{layer}.weight"] = found.weights
            print(f"    density {found.density:.4f}, error {found.error:.4f}, {found.how}")
    weights = [state[f"{layer}.weight"] for layer in bench.given.layers]
    left = sum(int(one.count_nonzero()) for one in weights)
    print(f"{left} of {sum(one.numel() for one in weights)} weights left")


def alexnet(data: Path) -> nn.Module:
    """AlexNet with 1000 classes, of which only the last layer's weights are drawn."""
    ten, whole = build("alexnet", classes=10), build("alexnet", classes=CLASSES)
    load(ten, data / "alexnet_imagenette10.npz")
    trained = {k: v for k, v in ten.state_dict().items() if not k.startswith("fc8")}
    whole.load_state_dict({**whole.state_dict(), **trained})
    return whole


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints the seconds that it takes."""
    processor, clock = time.process_time(), time.monotonic()
    yield
    spent = time.process_time() - processor, time.monotonic() - clock
    print(f"{what:<30} {spent[0]:>7.1f} CPU s {spent[1]:>7.1f} s", flush=True)


if __name__ == "__main__":
    main()
