"""A model in 8-bit integers, as ONNX: static, per channel, in QDQ form.

Activations' ranges come from training images. Int8 is not always quicker on a CPU, costs accuracy,
and of the smallest models makes larger files, as the many nodes of its form weigh more than their
parameters: what it is worth is measured, not promised.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from workers.networks.onnx_writer import INPUT

CALIBRATION_BATCH = 32

QUANTIZED = ["Add", "Concat", "Conv", "Gemm", "GlobalAveragePool", "MatMul", "MaxPool", "Mul"]
"""Batch norms that follow no convolution stay as they are: they have no axis of channels."""


def quantized(document: bytes, images: NDArray[np.float32]) -> bytes:
    """The ONNX model with 8-bit weights and activations.

    images: (N, C, H, W) in 0..1, of the train part; some hundred are enough.
    """
    with tempfile.TemporaryDirectory(prefix="tclsearch-int8-") as scratch:
        prepared, written = Path(scratch, "prepared.onnx"), Path(scratch, "int8.onnx")
        # Folds batch norms into the convolutions before them.
        quant_pre_process(onnx.load_from_string(document), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(written),
            _Images(images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTIZED,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
        )
        return written.read_bytes()


class _Images(CalibrationDataReader):  # type: ignore[misc]  # it has no types
    def __init__(self, images: NDArray[np.float32]) -> None:
        self._batches: Iterator[NDArray[np.float32]] = iter(
            np.array_split(images, -(-len(images) // CALIBRATION_BATCH))
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}
