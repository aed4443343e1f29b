"""Architectures as torch modules and as ONNX."""
