"""From an architecture and a network, both declared in YAML, to the energy of every layer."""

from typing import TYPE_CHECKING

__all__ = [
    "Data",
    "Error",
    "FileKind",
    "Importer",
    "MissingPackage",
    "NoLayer",
    "NoMapping",
    "NotImported",
    "SpecificationError",
    "data_of",
    "from_onnx",
    "from_torch",
    "load_architecture",
    "load_densities",
    "load_mapping",
    "load_network",
    "measure",
    "render",
    "simulate",
]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from hwsim.errors import Error
    from hwsim.extensions import FileKind
    from hwsim.importer import Importer, MissingPackage, NotImported
    from hwsim.importer.onnx import from_onnx
    from hwsim.importer.pytorch import from_torch, measure
    from hwsim.mapper import NoMapping
    from hwsim.pipeline import (
        load_architecture,
        load_densities,
        load_mapping,
        load_network,
        simulate,
    )
    from hwsim.report import render
    from hwsim.sparsity.arrays import data_of
    from hwsim.specification import SpecificationError
    from hwsim.workload import Data, NoLayer
else:
    HOMES = {
        "Data": "workload",
        "Error": "errors",
        "FileKind": "extensions",
        "Importer": "importer",
        "MissingPackage": "importer",
        "NoLayer": "workload",
        "NoMapping": "mapper",
        "NotImported": "importer",
        "SpecificationError": "specification",
        "data_of": "sparsity.arrays",
        "from_onnx": "importer.onnx",
        "from_torch": "importer.pytorch",
        "measure": "importer.pytorch",
        "render": "report",
    }

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that `import hwsim` stays quick."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"hwsim.{HOMES.get(name, 'pipeline')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
