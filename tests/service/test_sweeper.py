from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service import commands
from service.collect import collect
from service.db.engine import Database
from service.errors import NotFound, Unavailable
from service.lifecycle import JobReason, JobState, TrialReason
from service.sweeper import Sweeper
from tests.factories import digest, model, report, reserve, start, stop
from tests.service.plane import Plane


@pytest.fixture
def sweeper(plane: Plane) -> Sweeper:
    return Sweeper(plane.settings, plane.database, plane.clock, plane.store)


def test_no_lease_is_rescued_in_the_grace_after_a_start(plane: Plane, sweeper: Sweeper) -> None:
    token = plane.running()
    plane.clock.advance(plane.settings.lease_seconds + 1)
    sweeper.sweep()
    assert plane.job(token.job_id).state == JobState.RUNNING
    plane.clock.advance(plane.settings.rescue_grace_seconds)
    sweeper.sweep()
    assert plane.job(token.job_id).state == JobState.QUEUED


def test_database_trouble_grants_the_grace_again(plane: Plane, sweeper: Sweeper) -> None:
    token = plane.running()
    sweeper.sweep()
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    plane.clock.advance(plane.settings.rescue_grace_seconds + 1)
    sweeper._database = away
    with pytest.raises(Unavailable):
        sweeper.sweep()
    away.close()
    sweeper._database = plane.database
    sweeper.sweep()
    assert plane.job(token.job_id).state == JobState.RUNNING


def test_an_ignored_cancel_is_forced(plane: Plane, sweeper: Sweeper) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0))
    with plane.database.write() as session:
        commands.cancel(session, commands.lock_job(session, token.job_id), plane.clock.time)
    plane.clock.advance(plane.settings.cancel_grace_seconds)
    # Alive, but deaf.
    plane.renew(token)
    sweeper.sweep()
    assert plane.job(token.job_id).state == JobState.RUNNING
    plane.clock.advance(1)
    sweeper.sweep()
    job = plane.job(token.job_id)
    assert (job.state, job.reason, job.epoch) == (
        JobState.CANCELLED,
        JobReason.CANCELLED,
        token.epoch + 1,
    )
    assert plane.trial(token.job_id).state == "cancelled"


def test_only_what_nothing_names_is_collected(plane: Plane) -> None:
    stored_at = plane.clock.time
    on_front, dominated, resumable, of_ended, unnamed = (
        plane.artifact(text) for text in ("front", "dominated", "resumable", "ended", "unnamed")
    )
    token = plane.running()
    plane.record(token, reserve(0), start(0), stop(0, model(on_front, accuracy=0.9)))
    plane.record(token, reserve(1), start(1), stop(1, model(dominated, accuracy=0.1)))
    plane.record(token, reserve(2), start(2), report(2, 1, checkpoint=resumable))
    plane.record(token, stop(2, reason=TrialReason.PAUSED))
    plane.record(token, reserve(3), start(3), report(3, 1, checkpoint=of_ended))
    plane.record(token, stop(3, reason=TrialReason.EXCEPTION))
    assert collect(plane.database, plane.store, stored_at) == 0
    assert collect(plane.database, plane.store, stored_at + timedelta(seconds=1)) == 2
    for kept in (on_front, dominated, resumable):
        plane.store.open(kept).close()
    for gone in (of_ended, unnamed):
        with pytest.raises(NotFound):
            plane.store.open(gone)
    assert {row.sha256 for row in plane.rows()["artifacts"]} == {on_front, dominated, resumable}


def test_many_are_collected_in_several_transactions(plane: Plane) -> None:
    for number in range(101):
        plane.artifact(f"artifact {number}")
    assert collect(plane.database, plane.store, datetime.now(UTC) + timedelta(days=9)) == 101
    assert plane.rows()["artifacts"] == []


def test_bytes_whose_upload_crashed_before_their_row_are_collected(plane: Plane) -> None:
    named = plane.artifact("named")
    with plane.store.upload() as upload:
        upload.write(b"rowless")
        rowless = digest("rowless")
        upload.seal(rowless)
        upload.keep()
    token = plane.running()
    plane.record(token, reserve(0), start(0), stop(0, model(named, accuracy=0.9)))
    assert collect(plane.database, plane.store, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert collect(plane.database, plane.store, datetime.now(UTC) + timedelta(days=1)) == 1
    plane.store.open(named).close()
    with pytest.raises(NotFound):
        plane.store.open(rowless)


def test_the_thread_sweeps_until_it_is_stopped(plane: Plane) -> None:
    token = plane.running()
    with plane.database.write() as session:
        commands.cancel(session, commands.lock_job(session, token.job_id), plane.clock.time)
    plane.clock.advance(plane.settings.cancel_grace_seconds + 1)
    swift = replace(plane.settings, sweep_seconds=0.01)
    sweeper = Sweeper(swift, plane.database, plane.clock, plane.store)
    sweeper.start()
    while plane.job(token.job_id).state != JobState.CANCELLED:
        pass
    sweeper.stop()
