from datetime import timedelta

import pytest
from sqlalchemy import update

from service.db.tables import Base, IdempotencyRow, JobRow, TeamRow
from service.errors import Unauthorized
from service.jobs.commands import lock_job, retry
from service.lifecycle import JobReason
from service.operations.retention import expire_jobs, forget
from service.team.access import Role, authenticate, create_token
from tests.factories import model, reserve, start, stop
from tests.service.plane import Plane

DAY = 86_400.0


def keep(plane: Plane, days: int | None, team: str = "default") -> None:
    with plane.database.write() as session:
        session.execute(update(TeamRow).where(TeamRow.name == team).values(retention_days=days))


def ended(plane: Plane) -> str:
    """A job that has just failed, with one trial, a model and events."""
    checkpoint = plane.artifact()
    token = plane.running()
    plane.record(token, reserve(0), start(0), stop(0, model(checkpoint, accuracy=0.9)))
    plane.finish(token, JobReason.RUNNER_ERROR)
    return token.job_id


def expired(plane: Plane) -> int:
    return sum(expire_jobs(plane.database, plane.clock))


def left(plane: Plane) -> set[str]:
    return {row.id for row in plane.rows()["jobs"]}


def test_jobs_are_deleted_with_everything_once_they_ended_too_long_ago(plane: Plane) -> None:
    keep(plane, days=30)
    old = ended(plane)
    plane.clock.advance(15 * DAY)
    young = ended(plane)
    plane.clock.advance(15 * DAY - 1)
    assert expired(plane) == 0
    plane.clock.advance(2)
    assert expired(plane) == 1
    assert left(plane) == {young}
    of_old = {
        table: [row for row in rows if getattr(row, "job_id", None) == old]
        for table, rows in plane.rows().items()
    }
    assert not any(of_old.values()), of_old
    (audit,) = plane.rows()["audit"]
    assert (audit.actor, audit.action, audit.object) == ("retention", "job.expire", old)
    assert audit.body == {"name": "digits", "owner": "admin", "state": "failed"}


def test_jobs_that_have_not_ended_and_teams_that_keep_everything_are_left_alone(
    plane: Plane,
) -> None:
    ended(plane)
    running, waiting = plane.running().job_id, plane.post()
    plane.clock.advance(1000 * DAY)
    assert expired(plane) == 0
    keep(plane, days=1)
    assert expired(plane) == 1
    assert left(plane) == {waiting, running}


def test_each_team_keeps_its_jobs_for_its_own_time(plane: Plane) -> None:
    ours, theirs = ended(plane), ended(plane)
    add(plane, TeamRow(name="others", quotas={}, created_at=plane.clock.time, retention_days=2))
    with plane.database.write() as session:
        session.execute(update(JobRow).where(JobRow.id == theirs).values(team="others"))
    keep(plane, days=4)
    plane.clock.advance(3 * DAY)
    assert expired(plane) == 1
    assert left(plane) == {ours}
    assert [row.team for row in plane.rows()["audit"]] == ["others"]


def test_many_are_deleted_one_by_one_and_a_retried_one_stays(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.retention.BATCH", 2)
    keep(plane, days=1)
    jobs = [ended(plane) for _ in range(5)]
    plane.clock.advance(2 * DAY)
    steps = expire_jobs(plane.database, plane.clock)
    assert next(steps) == 1
    with plane.database.write() as session:
        retry(session, lock_job(session, jobs[1]), plane.clock.time)
    assert list(steps) == [0, 1, 1, 1]
    assert left(plane) == {jobs[1]}


def add(plane: Plane, *rows: Base) -> None:
    with plane.database.write() as session:
        session.add_all(rows)


def forgotten(plane: Plane) -> int:
    return sum(forget(plane.database, plane.clock))


def test_a_key_is_kept_for_a_week(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.retention.BATCH", 2)
    job_id = plane.post()
    at = plane.clock.time
    add(
        plane,
        *(
            IdempotencyRow(
                team="default",
                key=f"key {number}",
                body_sha256="0" * 64,
                job_id=job_id,
                created_at=at - timedelta(days=7, seconds=number),
            )
            for number in range(6)
        ),
    )
    assert forgotten(plane) == 5
    assert [row.key for row in plane.rows()["idempotency_keys"]] == ["key 0"]
    assert left(plane) == {job_id}


def test_tokens_are_kept_for_a_month_after_they_ended(plane: Plane) -> None:
    at = plane.clock.time
    with plane.database.write() as session:
        made = {
            name: create_token(
                session, name=name, team="default", role=Role.VIEWER, at=at, expires_at=expires_at
            )
            for name, expires_at in (
                ("for ever", None),
                ("expired", at + timedelta(days=1)),
                ("revoked", at + timedelta(days=100)),
            )
        }
        made["revoked"][0].revoked_at = at + timedelta(days=1)
        texts = {name: text for name, (_, text) in made.items()}
    plane.clock.advance(31 * DAY)
    assert forgotten(plane) == 0
    plane.clock.advance(1)
    assert forgotten(plane) == 2
    assert [row.name for row in plane.rows()["tokens"]] == ["for ever"]
    with plane.database.read() as session:
        assert authenticate(session, texts["for ever"], plane.clock.time).name == "for ever"
        with pytest.raises(Unauthorized):
            authenticate(session, texts["expired"], plane.clock.time)


def test_the_last_dispatcher_heard_of_is_remembered(plane: Plane) -> None:
    for cluster in ("first", "second", "third"):
        plane.beat(cluster=cluster)
        plane.clock.advance(1)
    plane.clock.advance(7 * DAY)
    assert forgotten(plane) == 2
    assert [row.cluster for row in plane.rows()["dispatchers"]] == ["third"]
    plane.clock.advance(7 * DAY)
    assert forgotten(plane) == 0
    plane.beat(cluster="fourth")
    assert forgotten(plane) == 1
