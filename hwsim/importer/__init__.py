"""Networks of other programs, PyTorch's modules, ONNX's files and tables, to networks of ours."""

import os
from pathlib import Path

from hwsim.importer.errors import Fault, MissingPackage, NotImported

__all__ = ["Fault", "MissingPackage", "NotImported", "is_energy_tool", "is_foreign", "is_onnx"]


def is_onnx(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this is the path of an ONNX file, by its suffix."""
    return Path(name_or_path).suffix.lower() == ".onnx"


def is_energy_tool(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this is the path of a file of the energy estimation tool, by its suffix."""
    return Path(name_or_path).suffix.lower() == ".txt"


def is_foreign(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this is the path of a file that is imported."""
    return is_onnx(name_or_path) or is_energy_tool(name_or_path)
