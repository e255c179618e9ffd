"""GoogLeNet's energy by tensor, with the zeros that its layers meet in real images.

Yang, Chen, Sze, CVPR 2017 (energy-aware pruning) are quoted with 22 % for the weights. We do not
know for how many images at once: weights that are read once for several images cost less an image.

    python examples/googlenet_energy.py WEIGHTS IMAGES

WEIGHTS is an .npz, .pt or .safetensors file with the keys of `prune.models`; IMAGES a folder with a
folder for every class, or a pack of JPEGs.
"""

import argparse
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Subset

import hwsim
from prune.data import open_images
from prune.models import build, definition
from prune.weights import load

PAPER = "paper                                 22    (batch unknown)"
COLUMNS = ("weights", "inputs", "outputs", "compute")
UNITS = {"mac": "MACs", "pJ": "pJ"}


def main() -> None:
    """Print the shares of weights, inputs, outputs and computation, dense and as measured."""
    options = parsed()
    chip = hwsim.load_architecture(options.architecture)
    model = build("googlenet").eval()
    load(model, options.weights)
    published = definition("googlenet")
    images = open_images(options.images, published.preprocessing)
    step = max(1, len(images) // options.number)
    sample = Subset(images, range(0, len(images), step)[: options.number])
    measured = hwsim.measure(model, DataLoader(sample, batch_size=20))
    print(f"GoogLeNet on {chip.name}; energy of an image in {UNITS[chip.energy_unit]}, shares in %")
    print(f"zeros measured on {measured.images} of {len(images)} images of {images.name}")
    print(f"\n{'':22}{'energy':>9}" + "".join(f"{name:>9}" for name in COLUMNS))
    for batch in options.batches:
        dense = hwsim.load_network("googlenet", batch)
        real = hwsim.from_torch(model, torch.zeros(batch, *published.input_shape))
        show(f"batch {batch}, dense", hwsim.simulate(chip, dense).cost, batch)
        with_zeros = hwsim.simulate(chip, real.containing(measured.data))
        show(f"batch {batch}, measured", with_zeros.cost, batch)
    print(PAPER)


def show(title: str, cost: hwsim.Cost, batch: int) -> None:
    """One line of the table."""
    shares = (cost.by_tensor[name] / cost.energy for name in COLUMNS)
    figures = "".join(f"{float(100 * share):>9.1f}" for share in shares)
    print(f"{title:22}{float(cost.energy / batch):>9.3g}{figures}", flush=True)


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--architecture", default="cvpr17")
    parser.add_argument("--number", type=int, default=100, help="images to measure on")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16])
    return parser.parse_args()


if __name__ == "__main__":
    main()
