"""`docs/validation.py` as a module: published figures, and hwsim's, each simulated only once."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


def _loaded() -> ModuleType:
    spec = spec_from_file_location("docs_validation", DOCS / "validation.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for themselves
    spec.loader.exec_module(module)
    return module


validation = _loaded()
