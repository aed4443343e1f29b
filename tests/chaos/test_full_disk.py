"""F17: the disk of the artifacts fills up under a search, again and again."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.chaos import light_api
from tests.chaos.cluster import Cluster
from tests.chaos.counts import count
from tests.chaos.fake_runner import FENCED, Pace
from tests.chaos.light_api import LightApi

ROOM = 4
"""Artifacts that fit between two floods: those of one trial, and one more."""


def run(settings: Settings, port: int) -> None:
    """A control plane whose disk has room for as many files as the file `room` says, if it is there."""
    synchronise = os.fsync

    def full(descriptor: int) -> None:
        room = settings.data_dir / "room"
        file = Path(f"/proc/self/fd/{descriptor}").readlink()
        if file.is_relative_to(_incoming(settings).resolve()):
            left = int(room.read_text()) if room.exists() else 1
            if left == 0:
                raise OSError(errno.ENOSPC, "no room")
            if room.exists():
                room.write_text(str(left - 1))
        synchronise(descriptor)

    os.fsync = full
    light_api.run(settings, port)


def _incoming(settings: Settings) -> Path:
    return settings.data_dir / "artifacts" / "incoming"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[LightApi]:
    settings: dict[str, Any] = {"rescue_grace_seconds": 0.0, "sweep_seconds": 0.1}
    with LightApi.serving(tmp_path / "data", process=run, **settings) as api:
        yield api


def test_a_search_goes_on_where_it_was_when_there_is_room_again(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    floods = count("F17", small=2, large=50)
    trials = floods + 2
    job_id = api.post_job(budget={"trials": trials, "training_epochs": 2})
    room = api.settings.data_dir / "room"
    for _ in range(floods):
        room.write_text(str(ROOM))
        runner = cluster.launch(Pace(record_try=1.0))
        assert runner.wait(60) == FENCED, "it cannot keep what it has trained"
        assert list(_incoming(api.settings).iterdir()) == [], "nothing half stored"
        cluster.report_lost(runner)
    room.unlink()
    assert cluster.launch(Pace()).wait(60) == 0
    history = api.history()
    lost, duplicated = history.lost_trials(job_id, trials), history.duplicated_trials(job_id)
    say("F17 disk of artifacts full", floods=floods, trials=trials, lost=lost, twice=duplicated)
    assert history.job(job_id).state == "succeeded"
    assert (lost, duplicated, history.violations()) == (0, 0, [])
