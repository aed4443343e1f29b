import pytest

from searchspace.spec import LatencySpec
from workers.device_agent import CALM_BURSTS, FEWEST_RUNS, LONGEST_SECONDS, RUNS, enough
from workers.latency import measure_latency


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
