"""Networks that other programs wrote, PyTorch's modules and ONNX's files, to networks of ours."""

from hwsim.importer.errors import Fault, MissingPackage, NotImported

__all__ = ["Fault", "MissingPackage", "NotImported"]
