"""Networks of other programs, PyTorch's modules, ONNX's files and tables, to networks of ours."""

from hwsim.importer.errors import Fault, MissingPackage, NotImported
from hwsim.importer.table import OWN, Importer, importer_of, is_foreign

__all__ = [
    "OWN",
    "Fault",
    "Importer",
    "MissingPackage",
    "NotImported",
    "importer_of",
    "is_foreign",
]
