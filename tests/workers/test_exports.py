"""Other forms of a model: what is checked of them before they are offered."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from searchspace.architecture import Architecture, HeadKind
from searchspace.space import Hyperparameters
from searchspace.spec import ExportFormat, LatencySpec, Precision
from workers.models.exports import TOLERANCE, Pictures, accuracy_of, disagreement, exports_of
from workers.networks.building import as_onnx
from workers.networks.model import build_model
from workers.training.data import Split
from workers.training.loop import Training, evaluate

INT8 = (ExportFormat.ONNX_INT8,)


@pytest.fixture(scope="module")
def training(digits: Split, architecture: Architecture) -> Training:
    """Some epochs of a small model with a TCL, so that its logits mean something."""
    chosen = Hyperparameters(0.01, 0.01, 0.05, 32)
    training = Training(build_model(architecture, seed=1), digits, chosen, 3, 1)
    for _ in range(3):
        training.run_epoch()
    return training


def test_int8_is_small_and_its_own_accuracy_is_told(
    training: Training, architecture: Architecture
) -> None:
    pictures = Pictures.of(training)
    plain, small_one = exports_of(training.model, architecture, pictures, INT8, LatencySpec())
    assert (plain.form, plain.accuracy, plain.latency) == (ExportFormat.ONNX, None, None)
    document = onnx.load_from_string(small_one.data)
    kinds = {node.op_type for node in document.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    weights = [t for t in document.graph.initializer if t.data_type == onnx.TensorProto.INT8]
    assert sum(int(np.prod(t.dims)) for t in weights) > 1000
    scales = [t for t in document.graph.initializer if t.name.endswith("weight_scale")]
    assert any(int(np.prod(t.dims)) > 1 for t in scales), "one scale per channel"
    assert small_one.latency is not None

    session = onnxruntime.InferenceSession(small_one.data)
    pixels = pictures.validation.float().numpy() / 255
    (logits,) = session.run(None, {"pixels": pixels})
    own = float((logits.argmax(1) == pictures.labels.numpy()).mean())
    assert small_one.accuracy == own
    assert own > evaluate(training.model, *training.validation).accuracy - 0.1


def test_where_latency_is_that_of_8_bits_the_plain_form_has_its_own(
    training: Training, architecture: Architecture
) -> None:
    pictures, spec = Pictures.of(training), LatencySpec(precision=Precision.INT8)
    plain, small_one = exports_of(training.model, architecture, pictures, INT8, spec)
    assert plain.latency is not None
    assert small_one.latency is not None
    assert plain.latency != small_one.latency


def test_without_asking_there_is_no_int8(training: Training, architecture: Architecture) -> None:
    (only,) = exports_of(training.model, architecture, Pictures.of(training), (), LatencySpec())
    assert only.form is ExportFormat.ONNX


def test_what_disagrees_with_torch_is_not_offered(
    training: Training, architecture: Architecture, caplog: pytest.LogCaptureFixture
) -> None:
    pictures = Pictures.of(training)
    model = build_model(architecture, seed=1)
    model.load_state_dict(training.model.state_dict())
    model.head.register_forward_hook(lambda _module, _inputs, logits: logits + 0.01)
    assert exports_of(model, architecture, pictures, INT8, LatencySpec()) == ()
    assert "is not offered" in caplog.text


def test_the_gap_is_that_of_the_worst_logit(
    training: Training, architecture: Architecture
) -> None:
    document = as_onnx(training.model, architecture)
    images = training.validation[0][:8]
    assert disagreement(training.model.eval(), document, images) < TOLERANCE
    other = as_onnx(build_model(architecture, seed=2).eval(), architecture)
    assert disagreement(training.model, other, images) > 0.01


def test_logits_that_are_no_numbers_score_nothing(
    training: Training, architecture: Architecture
) -> None:
    model = build_model(architecture, seed=1)
    with torch.no_grad():
        model.head.classifier.bias.fill_(float("nan"))
    assert np.isnan(accuracy_of(as_onnx(model, architecture), Pictures.of(training)))


@pytest.mark.parametrize("kind", list(HeadKind))
def test_every_head_can_be_quantized(
    training: Training, architecture: Architecture, kind: HeadKind
) -> None:
    ranks = (4, 2, 2) if kind is HeadKind.TCL else None
    architecture = architecture.with_head(kind, ranks)
    found = exports_of(
        build_model(architecture), architecture, Pictures.of(training), INT8, LatencySpec()
    )
    assert [each.form for each in found] == [ExportFormat.ONNX, ExportFormat.ONNX_INT8]
