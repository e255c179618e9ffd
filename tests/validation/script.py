"""`docs/validation.py` as a module: published figures, and hwsim's, each simulated only once."""

import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))  # as `python docs/validation.py` has it

validation, zeros = map(import_module, ("validation", "zeros"))
