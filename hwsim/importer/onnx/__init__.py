"""ONNX files to networks. Here alone is the package onnx."""

from hwsim.importer.onnx.network import from_onnx

__all__ = ["from_onnx"]
