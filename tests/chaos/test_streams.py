"""F18: five hundred people follow a few jobs, some of them slowly, from one control plane."""

from pathlib import Path

import pytest

from benchmarks.queue_streams import streams

CLIENTS = 500


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nobody_misses_an_event_and_what_slow_ones_have_not_read_costs_no_memory(
    tmp_path: Path,
) -> None:
    found = {
        figure.name: figure
        for figure in streams(f"sqlite:///{tmp_path / 'streams.db'}", tmp_path, CLIENTS)
    }
    assert found["event streams at once"].value == CLIENTS
    assert found["of these, slow ones"].value == CLIENTS // 10
    assert found["streams that missed, repeated or disordered any"].value == 0
    grown = found["memory grown meanwhile, MiB"]
    assert grown.met, f"{grown.value:.0f} MiB"
