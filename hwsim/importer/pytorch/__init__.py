"""PyTorch's modules to networks, and what is in their tensors as they run. Here alone is torch."""

from hwsim.importer.errors import needed

with needed("torch", extra="torch"):
    from hwsim.importer.pytorch.measure import Measured, Meter, measure
    from hwsim.importer.pytorch.network import from_torch

__all__ = ["Measured", "Meter", "from_torch", "measure"]
