import onnx
import pytest

from searchspace.baselines import BaselineName, fitted
from searchspace.datasets import KNOWN
from searchspace.spec import LatencySpec, Precision
from workers.device_agent import CALM_BURSTS, FEWEST_RUNS, LONGEST_SECONDS, RUNS, enough
from workers.models.latency import measure_latency, subject_document


def test_a_latency_is_positive_ordered_and_beside_a_reference(architecture):
    found = measure_latency(architecture, LatencySpec())

    assert 0 < found.min <= found.median <= found.p90
    assert found.runs >= FEWEST_RUNS
    assert found.reference > 0


def test_a_batch_takes_longer_than_an_image(architecture):
    one = measure_latency(architecture, LatencySpec())
    many = measure_latency(architecture, LatencySpec(batch_size=64))

    assert many.min > one.min


@pytest.mark.parametrize(
    ("runs", "calm_bursts", "seconds", "expected"),
    [
        (RUNS, CALM_BURSTS, 0.1, True),
        (RUNS - 1, CALM_BURSTS, 0.1, False),
        (RUNS, CALM_BURSTS - 1, 0.1, False),
        (FEWEST_RUNS, CALM_BURSTS, 1.5, True),
        (FEWEST_RUNS, CALM_BURSTS - 1, 1.5, False),
        (FEWEST_RUNS, 0, LONGEST_SECONDS, True),
        (FEWEST_RUNS - 1, CALM_BURSTS, LONGEST_SECONDS, False),
    ],
)
def test_a_measurement_ends_when_it_was_calm_for_long_enough(runs, calm_bursts, seconds, expected):
    assert enough(runs=runs, calm_bursts=calm_bursts, seconds=seconds) is expected


def _operators(document: bytes) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(document).graph.node}


def test_a_profile_in_8_bits_measures_a_quantized_model(architecture):
    spec = LatencySpec(precision=Precision.INT8, batch_size=4)

    plain = _operators(subject_document(architecture, LatencySpec(batch_size=4)))
    quantized = _operators(subject_document(architecture, spec))
    found = measure_latency(architecture, spec)

    assert "QuantizeLinear" not in plain
    assert {"QuantizeLinear", "DequantizeLinear"} <= quantized
    assert 0 < found.min <= found.median <= found.p90
    assert found.reference > 0


def test_a_baseline_is_measured_in_8_bits_too():
    network = fitted(BaselineName.SHUFFLENET_V2_X0_5, KNOWN["digits"].image, 10)

    document = subject_document(network, LatencySpec(precision=Precision.INT8))

    assert "QuantizeLinear" in _operators(document)


def test_latencies_in_another_precision_are_others():
    plain, small = LatencySpec(), LatencySpec(precision=Precision.INT8)

    assert plain.key == "local-cpu/onnxruntime/batch1/threads1", "as it always was"
    assert small.key == f"{plain.key}/int8"
