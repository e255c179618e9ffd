"""ONNX files to networks. Here alone is the package onnx."""

from hwsim.importer.errors import needed

with needed("onnx", extra="onnx"):
    from hwsim.importer.onnx.network import from_onnx

__all__ = ["from_onnx"]
