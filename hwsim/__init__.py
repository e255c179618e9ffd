"""From an architecture and a network, both declared in YAML, to the energy of every layer."""

from typing import TYPE_CHECKING

__all__ = [
    "MissingPackage",
    "NoLayer",
    "NoMapping",
    "NotImported",
    "SpecificationError",
    "from_onnx",
    "from_torch",
    "load_architecture",
    "load_mapping",
    "load_network",
    "measure",
    "render",
    "simulate",
]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from hwsim.importer import MissingPackage, NotImported
    from hwsim.importer.onnx import from_onnx
    from hwsim.importer.pytorch import from_torch, measure
    from hwsim.mapper import NoMapping
    from hwsim.pipeline import load_architecture, load_mapping, load_network, simulate
    from hwsim.report import render
    from hwsim.specification import SpecificationError
    from hwsim.workload import NoLayer
else:
    HOMES = {
        "MissingPackage": "importer",
        "NoLayer": "workload",
        "NoMapping": "mapper",
        "NotImported": "importer",
        "SpecificationError": "specification",
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
