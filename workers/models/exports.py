"""The ONNX forms in which a model is delivered, each checked before it is offered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor

from searchspace.baselines import AnyArchitecture
from searchspace.spec import ExportFormat, LatencySpec, Precision
from service.protocol import Latency
from workers.models.latency import measure_document
from workers.networks.building import as_onnx
from workers.networks.model import PixelModel
from workers.networks.onnx_writer import INPUT
from workers.training.loop import EVALUATION_BATCH, Training, as_input

logger = logging.getLogger(__name__)

CALIBRATION_IMAGES = 256
PARITY_IMAGES = 64
TOLERANCE = 1e-4
"""Of logits, absolutely, or relative to the largest of them where that is above 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Images uint8 (N, C, H, W): some to calibrate by, and those to score on with their labels."""

    calibration: Tensor
    validation: Tensor
    labels: Tensor

    @classmethod
    def of(cls, training: Training) -> Self:
        return cls(training.some_images(CALIBRATION_IMAGES), *training.validation)


@dataclass(frozen=True, slots=True)
class Exported:
    """One form of a model.

    accuracy: fraction 0..1 on the validation part. It and the latency are those of these very bytes;
        None where they are the model's, as far as anybody can tell, and where a device is still to
        measure them.
    """

    form: ExportFormat
    data: bytes
    accuracy: float | None
    latency: Latency | None


def exports_of(
    model: PixelModel,
    architecture: AnyArchitecture,
    pictures: Pictures,
    wanted: Sequence[ExportFormat],
    spec: LatencySpec,
) -> tuple[Exported, ...]:
    """The model as ONNX and, where wanted, in 8 bits; without those that fail their check.

    As ONNX it has to agree with torch on validation images; in 8 bits, to give finite logits.
    """
    model.eval()
    document = as_onnx(model, architecture)
    gap = disagreement(model, document, pictures.validation[:PARITY_IMAGES])
    if not gap <= TOLERANCE:
        logger.warning("as ONNX the model is %g off, and is not offered", gap)
        return ()
    here = spec.device is None
    own = here and has_own_latency(ExportFormat.ONNX, spec)
    found = [
        Exported(
            ExportFormat.ONNX, document, None, measure_document(document, spec) if own else None
        )
    ]
    if ExportFormat.ONNX_INT8 in wanted:
        # Takes half a second to import, which most searches can do without.
        from workers.models.quantization import quantized  # noqa: PLC0415

        small = quantized(document, _pixels(pictures.calibration))
        accuracy = accuracy_of(small, pictures)
        if np.isfinite(accuracy):
            latency = measure_document(small, spec) if here else None
            found.append(Exported(ExportFormat.ONNX_INT8, small, accuracy, latency))
    if ExportFormat.PTE in wanted:
        program = _as_program(model, architecture, pictures, spec)
        found += [program] if program else []
    return tuple(found)


def _as_program(
    model: PixelModel, architecture: AnyArchitecture, pictures: Pictures, spec: LatencySpec
) -> Exported | None:
    """The model for ExecuTorch; None where it cannot be made here, or disagrees with torch."""
    try:
        # Takes seconds to import, and may not be installed.
        from workers.models.executorch_program import as_program, logits_of, timed  # noqa: PLC0415
    except ModuleNotFoundError as error:
        logger.warning("%s is missing, and no pte is made", error.name)
        return None
    data = as_program(model, architecture)
    images = as_input(pictures.validation[:PARITY_IMAGES]).cpu()
    gap = _gap(model, images, logits_of(data, images))
    if not gap <= TOLERANCE:
        logger.warning("as an ExecuTorch program the model is %g off, and is not offered", gap)
        return None
    latency = timed(data, architecture, spec) if spec.device is None else None
    return Exported(ExportFormat.PTE, data, None, latency)


def has_own_latency(form: ExportFormat, spec: LatencySpec) -> bool:
    """Whether the model's latency, which is that of its profile's precision, is not this ONNX form's."""
    if form is ExportFormat.PTE:
        return False
    return form is ExportFormat.ONNX_INT8 or spec.precision is not Precision.FP32


def disagreement(model: PixelModel, document: bytes, images: Tensor) -> float:
    """The largest difference of logits between torch and ONNX Runtime, as TOLERANCE counts it."""
    return _gap(model, as_input(images), _logits(_session(document), _pixels(images)))


@torch.inference_mode()
def _gap(model: PixelModel, pixels: Tensor, found: NDArray[np.float32]) -> float:
    device = next(model.parameters()).device
    expected = model(pixels.to(device)).cpu().numpy()
    scale = max(1.0, float(np.abs(expected).max()))
    return float(np.abs(found - expected).max()) / scale


def accuracy_of(document: bytes, pictures: Pictures) -> float:
    """Fraction 0..1 of the validation images, by ONNX Runtime; NaN where logits are not finite."""
    session, correct = _session(document), 0
    for start in range(0, len(pictures.labels), EVALUATION_BATCH):
        logits = _logits(session, _pixels(pictures.validation[start : start + EVALUATION_BATCH]))
        if not np.isfinite(logits).all():
            return float("nan")
        truth = pictures.labels[start : start + EVALUATION_BATCH].cpu().numpy()
        correct += int((logits.argmax(1) == truth).sum())
    return correct / len(pictures.labels)


def _session(document: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(document, options, providers=["CPUExecutionProvider"])


def _logits(
    session: onnxruntime.InferenceSession, pixels: NDArray[np.float32]
) -> NDArray[np.float32]:
    (logits,) = session.run(None, {INPUT: pixels})
    found: NDArray[np.float32] = logits
    return found


def _pixels(images: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = as_input(images).cpu().contiguous().numpy()
    return found
