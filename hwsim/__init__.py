"""From an architecture and a network, both declared in YAML, to the energy of every layer."""

from typing import TYPE_CHECKING

__all__ = [
    "Action",
    "Architecture",
    "BadLimit",
    "Cache",
    "CannotEstimate",
    "Certificate",
    "Choice",
    "Comparison",
    "Cost",
    "Data",
    "Error",
    "Estimate",
    "Estimator",
    "FileKind",
    "Format",
    "Front",
    "Importer",
    "Layer",
    "LayerFront",
    "LayerResult",
    "Mapping",
    "MissingPackage",
    "Nest",
    "Network",
    "NoLayer",
    "NoMapping",
    "NotImported",
    "Options",
    "Oracle",
    "Result",
    "SpecificationError",
    "Stream",
    "Study",
    "Sweep",
    "compare",
    "data_of",
    "from_onnx",
    "from_torch",
    "front",
    "load_architecture",
    "load_densities",
    "load_mapping",
    "load_network",
    "measure",
    "render",
    "simulate",
    "sweep",
    "user_cache",
]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from hwsim.architecture import Architecture
    from hwsim.cache import Cache, user_cache
    from hwsim.comparison import Comparison, compare
    from hwsim.cost import Cost
    from hwsim.errors import Error
    from hwsim.estimators import Action, CannotEstimate, Estimate, Estimator
    from hwsim.extensions import FileKind
    from hwsim.fronts import Front, LayerFront
    from hwsim.importer import Importer, MissingPackage, NotImported
    from hwsim.importer.onnx import from_onnx
    from hwsim.importer.pytorch import from_torch, measure
    from hwsim.mapper import Certificate, NoMapping, Options
    from hwsim.mapping import Mapping, Nest
    from hwsim.oracle import Oracle
    from hwsim.pipeline import (
        front,
        load_architecture,
        load_densities,
        load_mapping,
        load_network,
        simulate,
    )
    from hwsim.report import render
    from hwsim.result import Choice, LayerResult, Result
    from hwsim.sparsity.arrays import data_of
    from hwsim.sparsity.formats import Format, Stream
    from hwsim.specification import SpecificationError
    from hwsim.study import Study, Sweep, sweep
    from hwsim.within import BadLimit
    from hwsim.workload import Data, Layer, Network, NoLayer
else:
    HOMES = {
        "Action": "estimators",
        "Architecture": "architecture",
        "BadLimit": "within",
        "Cache": "cache",
        "CannotEstimate": "estimators",
        "Certificate": "mapper",
        "Choice": "result",
        "Comparison": "comparison",
        "Cost": "cost",
        "Data": "workload",
        "Error": "errors",
        "Estimate": "estimators",
        "Estimator": "estimators",
        "FileKind": "extensions",
        "Format": "sparsity.formats",
        "Front": "fronts",
        "Importer": "importer",
        "Layer": "workload",
        "LayerFront": "fronts",
        "LayerResult": "result",
        "Mapping": "mapping",
        "MissingPackage": "importer",
        "Nest": "mapping",
        "Network": "workload",
        "NoLayer": "workload",
        "NoMapping": "mapper",
        "NotImported": "importer",
        "Options": "mapper",
        "Oracle": "oracle",
        "Result": "result",
        "SpecificationError": "specification",
        "Stream": "sparsity.formats",
        "Study": "study",
        "Sweep": "study",
        "compare": "comparison",
        "data_of": "sparsity.arrays",
        "from_onnx": "importer.onnx",
        "from_torch": "importer.pytorch",
        "measure": "importer.pytorch",
        "render": "report",
        "sweep": "study",
        "user_cache": "cache",
    }

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that `import hwsim` stays quick."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"hwsim.{HOMES.get(name, 'pipeline')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
