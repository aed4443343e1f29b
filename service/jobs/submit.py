"""A plan becomes a job: one row, its tags, its first event, and the key it was posted under."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session, make_transient_to_detached

from searchspace.errors import Problem
from service.artifacts.weights import hold_weights
from service.db.engine import lock_name
from service.db.tables import IdempotencyRow, JobRow, JobTagRow, WarmStartRow
from service.errors import BadRequest, Unprocessable
from service.events.journal import append_all, job_state
from service.ids import new_job_id
from service.jobs.plan import Plan
from service.jobs.warm_start import COLD, WarmStart, row_of
from service.lifecycle import Desired, JobState
from service.team.access import Caller
from service.team.quotas import require_room
from service.trials.extras import planned

MAX_KEY = 255

# On the bare tables, as in `service.trials.recall`: all of a burst of posts waits for one writer.
_jobs = JobRow.__table__.c
_INSERT_JOB = insert(JobRow.__table__)
_INSERT_TAGS = insert(JobTagRow.__table__)
_INSERT_KEY = insert(IdempotencyRow.__table__)
_INSERT_WARM_START = insert(WarmStartRow.__table__)


def require_key(key: str) -> str:
    """Raises BadRequest unless `key` can be an Idempotency-Key."""
    if not 0 < len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
        message = f"must be 1 to {MAX_KEY} printable ASCII characters"
        raise BadRequest(
            f"Idempotency-Key {message}",
            code="bad_idempotency_key",
            problems=[Problem("/header/Idempotency-Key", message)],
        )
    return key


def find_posted(session: Session, team: str, key: str, body_sha256: str) -> JobRow | None:
    """The job that the team posted under `key` before.

    Raises:
        Unprocessable: `idempotency_key_reused`: the key came with another body.
    """
    row = session.get(IdempotencyRow, (team, key))
    if row is None:
        return None
    if row.body_sha256 != body_sha256:
        raise Unprocessable(
            "this Idempotency-Key was used for another body",
            code="idempotency_key_reused",
            problems=[Problem("/header/Idempotency-Key", "was used for another body")],
        )
    return session.get_one(JobRow, row.job_id)


def submit(
    session: Session,
    plan: Plan,
    caller: Caller,
    at: datetime,
    start: WarmStart = COLD,
    *,
    key: str | None,
    body_sha256: str,
    traceparent: str | None = None,
) -> tuple[JobRow, bool]:
    """Store the job and queue it; False beside it when it was stored under `key` before.

    traceparent: of the trace that the post is a part of, and with it all that comes of it.

    Raises:
        Unprocessable: the key came with another body.
        Forbidden: `quota`: the team has as many jobs queued as it may.
    """
    if key is not None:
        # Two posts under one key at once: the second waits and finds the first one's job.
        lock_name(session, f"idempotency key of {caller.team}: {key}")
        found = find_posted(session, caller.team, key, body_sha256)
        if found is not None:
            return found, False
    require_room(session, caller.team)
    job = _row(plan, caller, at, start)
    job.traceparent = traceparent
    if job.weights is not None:
        # Counted for as long as the job keeps them, whoever brought them.
        job.stored_bytes = hold_weights(session, job.weights)
    _store(session, job, plan.spec.tags)
    if start.observations:
        session.connection().execute(_INSERT_WARM_START, row_of(job.id, start))
    if key is not None:
        used = {"team": caller.team, "key": key, "body_sha256": body_sha256}
        session.connection().execute(_INSERT_KEY, {**used, "job_id": job.id, "created_at": at})
    return job, True


def _store(session: Session, job: JobRow, tags: Mapping[str, str]) -> None:
    """Write a new job, its tags and its first event; the session has it from then on."""
    connection = session.connection()
    columns = {column.key: vars(job)[column.key] for column in _jobs if column.key in vars(job)}
    connection.execute(_INSERT_JOB, {**columns, "events": 1})
    if tags:
        rows = [{"job_id": job.id, "key": key, "value": value} for key, value in tags.items()]
        connection.execute(_INSERT_TAGS, rows)
    append_all(session, job, [job_state(job)], at=job.created_at)
    make_transient_to_detached(job)
    session.add(job)


def _row(plan: Plan, caller: Caller, at: datetime, start: WarmStart) -> JobRow:
    spec = plan.spec
    return JobRow(
        id=new_job_id(at),
        team=caller.team,
        owner=caller.name,
        name=spec.name,
        spec=spec.document(),
        dataset=plan.dataset.model_dump(mode="json"),
        reference_point=list(plan.reference_point),
        tags=spec.tags,
        priority=spec.priority,
        budget_trials=spec.budget.trials,
        wall_clock_seconds=spec.budget.wall_clock_seconds,
        state=JobState.QUEUED.value,
        reason=None,
        detail=None,
        desired=Desired.RUN.value,
        created_at=at,
        started_at=None,
        finished_at=None,
        waiting_since=at,
        boost=0,
        dataset_key=plan.dataset.key,
        cpus=spec.resources.cpus,
        gpus=spec.resources.gpus,
        custom=spec.resources.custom or None,
        concurrency=spec.resources.concurrency,
        device=spec.latency.device,
        weights=None if spec.compress is None else spec.compress.weights,
        epoch=0,
        wall_clock_used=0.0,
        crashes=0,
        trials_total=0,
        trials_finished=0,
        trials_failed=0,
        trials_pruned=0,
        trials_rejected=0,
        extras_total=0,
        extras_finished=0,
        extras_left=planned(spec),
        events=0,
        front_revision=0,
        front_size=0,
        hypervolume=0.0,
        observations=len(start.observations),
        observations_dropped=start.dropped,
    )
