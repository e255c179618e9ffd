"""Keeps a model's weights on disk, under the keys of its `state_dict`."""

from pathlib import Path

from safetensors.torch import save as encoded
from torch import nn

from prune.files import write


def save(model: nn.Module, path: Path) -> None:
    """Write the model's weights to a `.safetensors` file that loads into the unchanged model.

    The file is written whole or not at all; raises `NotWritten`.
    """
    tensors = {key: tensor.detach().cpu() for key, tensor in model.state_dict().items()}
    write(path, encoded({key: tensor.clone().contiguous() for key, tensor in tensors.items()}))
