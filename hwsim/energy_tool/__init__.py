"""Networks from and to files of the energy estimation tool of energy-aware pruning, 25 columns."""

from hwsim.energy_tool.read import from_energy_tool
from hwsim.energy_tool.write import NotDescribed, render

__all__ = ["NotDescribed", "from_energy_tool", "render"]
