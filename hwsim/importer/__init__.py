"""Networks that other programs wrote, PyTorch's modules and ONNX's files, to networks of ours."""

import os
from pathlib import Path

from hwsim.importer.errors import Fault, MissingPackage, NotImported

__all__ = ["Fault", "MissingPackage", "NotImported", "is_onnx"]


def is_onnx(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this is the path of an ONNX file, by its suffix."""
    return Path(name_or_path).suffix.lower() == ".onnx"
