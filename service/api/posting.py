"""The one way by which a job is posted, whatever the document that describes it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Header, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from observing import traces
from searchspace.errors import InvalidDocument
from service.api.body import Posted
from service.api.deps import Parts
from service.api.schemas.jobs import DryRun, Job, Quota
from service.api.views import PREFIX, job_view
from service.db.tables import JobRow
from service.errors import Unprocessable
from service.jobs.ground import Ground, live_dispatchers, survey
from service.jobs.lookup import count_running_trials
from service.jobs.plan import Plan
from service.jobs.submit import find_posted, require_key, submit
from service.jobs.warm_start import COLD, WarmStart, gather
from service.queue.standing import prospect
from service.team.access import Caller
from service.team.audit import Action, note
from service.team.quotas import find_room
from service.trials import extras

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. The same key with the same document "
        "gives the job that it made first.",
    ),
]

POSTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The job that this Idempotency-Key made before, or the answer to a dry run",
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/Job"},
                        {"$ref": "#/components/schemas/DryRun"},
                    ]
                }
            }
        },
    },
    201: {"headers": {"Location": {"schema": {"type": "string"}}}},
}


def post(
    parts: Parts,
    caller: Caller,
    request_id: str,
    posted: Posted,
    decide: Callable[[Ground], Plan],
    *,
    key: str | None,
    dry_run: bool,
) -> Response:
    """Queue the job that a document stands for, or tell what would become of it.

    decide: makes a plan of the document, given what jobs can be built on now; not asked for a job
        that was posted under the same key before.

    Raises what `decide` raises, and:
        BadRequest: the key cannot be one.
        Unprocessable: the key came with another body.
        Forbidden: `quota`.
    """
    key = None if key is None or dry_run else require_key(key)
    if key is not None:
        with parts.database.read() as session:
            found = find_posted(session, caller.team, key, posted.sha256)
            if found is not None:
                return _posted(view_job(parts, session, found), 200)
    planned = _planned(parts, caller, decide)
    start = _warm_start(parts, caller, planned)
    if dry_run:
        return _dry_run(parts, caller, posted, planned)
    with parts.database.write_together() as session:
        at = parts.clock.now(session)
        row, new = submit(
            session,
            planned,
            caller,
            at,
            start,
            key=key,
            body_sha256=posted.sha256,
            traceparent=traces.current(),
        )
        if new:
            body = {"name": row.name, "priority": row.priority, "trials": row.budget_trials}
            note(session, caller, Action.JOB_POST, row.id, body, at, request_id)
    traces.tell(job_id=row.id)
    place = parts.places.of_posted(row) if new else None
    if place is not None:
        return _posted(job_view(row, running=0, queue_position=place), 201)
    # Apart from the write, whose lock others wait for.
    with parts.database.read() as session:
        return _posted(view_job(parts, session, row), 201 if new else 200)


def view_job(parts: Parts, session: Session, row: JobRow) -> Job:
    running = count_running_trials(session, [row.id]) if row.trials_total else {}
    places = parts.places.of(session, [row])
    return job_view(row, running=running.get(row.id, 0), queue_position=places.get(row.id))


def _planned(parts: Parts, caller: Caller, decide: Callable[[Ground], Plan]) -> Plan:
    remembered = parts.grounds.of(caller.team)
    if remembered is not None:
        # What it refuses may have come since.
        with suppress(InvalidDocument, Unprocessable):
            return decide(remembered)
    with parts.database.read() as session:
        ground = survey(session, parts.settings, parts.clock.now(session), caller.team)
    parts.grounds.keep(caller.team, ground)
    return decide(ground)


def _warm_start(parts: Parts, caller: Caller, planned: Plan) -> WarmStart:
    if not planned.spec.warm_start and not planned.spec.known:
        return COLD
    with parts.database.read() as session:
        return gather(session, caller.team, planned.spec, planned.dataset)


def _dry_run(parts: Parts, caller: Caller, posted: Posted, planned: Plan) -> JSONResponse:
    with parts.database.read() as session:
        room = find_room(session, caller.team)
        at = parts.clock.now(session)
        dispatchers = live_dispatchers(session, parts.settings, at)
        stands = prospect(session, planned.spec, caller.team, caller.name, dispatchers, at)
    answer = DryRun(
        valid=True,
        document=posted.document,
        space_size=planned.space_size,
        params_min=planned.bounds.params[0],
        params_max=planned.bounds.params[1],
        trials=planned.spec.budget.trials,
        extra_trials=extras.planned(planned.spec),
        quota=Quota(
            allowed=room.allowed,
            limits=room.limits,
            queued_jobs=room.queued_jobs,
            stored_bytes=room.stored_bytes,
            reason=room.reason,
        ),
        queue_position=stands.position,
        estimated_start=stands.estimated_start if room.allowed else None,
    )
    return JSONResponse(answer.model_dump(mode="json"))


def _posted(job: Job, status: int) -> Response:
    # Written at once: checking the reply against its own model again takes longer than making it.
    headers = {"Location": f"{PREFIX}/jobs/{job.id}"}
    return Response(job.model_dump_json(), status, headers, "application/json")
