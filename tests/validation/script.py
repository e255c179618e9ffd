"""`docs/validation.py` and its sections as modules: each figure is simulated only once."""

import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))  # as `python docs/validation.py` has it

validation, zeros, accelergy, eyeriss_v2, systolic, timeloop = map(
    import_module, ("validation", "zeros", "accelergy", "eyeriss_v2", "systolic", "timeloop")
)
