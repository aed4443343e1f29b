"""Jobs over HTTP: post, list, look, and say what one wants of them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from service.api.body import PostedDocument, component, described
from service.api.deps import Editor, Parts, RequestId, ThisService, Viewer
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.posting import POSTED, IdempotencyKey, post, view_job
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.jobs import Job, JobPage, Outlook
from service.api.views import job_view
from service.db.tables import JobRow
from service.jobs.change import JobChange, change
from service.jobs.commands import cancel, lock_job, pause, remove, resume, retry
from service.jobs.lookup import count_running_trials, find_job, list_jobs
from service.jobs.moves import seconds_run
from service.jobs.plan import plan
from service.lifecycle import TERMINAL, JobState
from service.queue.pace import seconds_left
from service.team.access import Caller
from service.team.audit import Action, note

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=Repeated)

MAX_TAG = 513
"""Characters of the longest tag: key, colon and value."""
MAX_TAGS = 32
"""As many as a job may have."""

TagFilter = Annotated[
    list[Annotated[str, StringConstraints(max_length=MAX_TAG)]],
    Query(
        max_length=MAX_TAGS,
        description="`key:value`, or `key` for any value; repeated, all must match.",
    ),
]
StateFilter = Annotated[list[JobState], Query(description="Repeated, any may match.")]


COMMANDED = responses(401, 403, 404, 409, 503)


@router.post(
    "",
    status_code=201,
    response_model=Job,
    responses=POSTED | responses(400, 401, 403, 413, 415, 422, 503),
    openapi_extra=described(component("JobSpec")),
)
def post_job(
    parts: ThisService,
    caller: Editor,
    request_id: RequestId,
    posted: PostedDocument,
    idempotency_key: IdempotencyKey = None,
    dry_run: bool = False,
) -> Response:
    """Queue a search, or tell with `dry_run` what would become of it."""
    return post(
        parts,
        caller,
        request_id,
        posted,
        lambda ground: plan(posted.document, ground),
        key=idempotency_key,
        dry_run=dry_run,
    )


@router.get("", responses=responses(400, 401, 403, 422, 503))
def get_jobs(
    parts: ThisService,
    caller: Viewer,
    state: StateFilter = [],  # noqa: B006  FastAPI copies a default
    tag: TagFilter = [],  # noqa: B006  FastAPI copies a default
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JobPage:
    """The team's jobs, newest first."""
    after = None if cursor is None else decode_cursor("jobs", cursor)
    with parts.database.read() as session:
        rows = list_jobs(
            session, caller.team, states=state, tags=tag, after=after, limit=limit + 1
        )
        page, next_cursor = cut(rows, limit, lambda row: row.id)
        running = _running(session, page)
        places = parts.places.of(session, page)
    return JobPage(
        items=[
            job_view(row, running=running.get(row.id, 0), queue_position=places.get(row.id))
            for row in page
        ],
        next_cursor=next_cursor,
    )


@router.get("/{job_id}", responses=responses(401, 403, 404, 503))
def get_job(parts: ThisService, caller: Viewer, job_id: str) -> Job:
    with parts.database.read() as session:
        return view_job(parts, session, find_job(session, caller.team, job_id))


@router.get("/{job_id}/outlook", responses=responses(401, 403, 404, 503))
def get_outlook(parts: ThisService, caller: Viewer, job_id: str) -> Outlook:
    """How long the job has run, and how much longer it may."""
    with parts.database.read() as session:
        at = parts.clock.now(session)
        job = find_job(session, caller.team, job_id)
        return Outlook(
            job_id=job.id,
            at=at,
            seconds_run=seconds_run(job, at),
            trials_left=max(0, job.budget_trials - job.trials_finished),
            remaining_seconds=None if job.state in TERMINAL else seconds_left(job, at),
        )


@router.patch(
    "/{job_id}",
    responses=responses(400, 401, 403, 404, 413, 415, 422, 503),
    openapi_extra=described(component("JobChange")),
)
def patch_job(
    parts: ThisService,
    caller: Editor,
    request_id: RequestId,
    job_id: str,
    posted: PostedDocument,
) -> Job:
    """Change priority, tags or budget, which only grows.

    A job that has succeeded and is given more is queued again and goes on where it stopped.
    """
    wanted = JobChange.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = lock_job(session, job_id, caller.team)
        change(session, row, wanted, at)
        body = wanted.model_dump(mode="json", exclude_unset=True)
        note(session, caller, Action.JOB_CHANGE, job_id, body, at, request_id)
        return view_job(parts, session, row)


@router.delete("/{job_id}", status_code=204, responses=COMMANDED)
def delete_job(parts: ThisService, caller: Editor, request_id: RequestId, job_id: str) -> None:
    """Forget a job that has ended: its trials, models and events, and in time its checkpoints."""
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = lock_job(session, job_id, caller.team)
        body = {"name": row.name, "owner": row.owner, "state": row.state}
        remove(session, row)
        note(session, caller, Action.JOB_DELETE, job_id, body, at, request_id)


@router.post("/{job_id}/cancel", status_code=202, responses=COMMANDED)
def post_cancel(parts: ThisService, caller: Editor, request_id: RequestId, job_id: str) -> Job:
    """Stop the job for good: at once while it waits, else as soon as its runner hears of it."""
    return _commanded(parts, caller, request_id, job_id, Action.JOB_CANCEL, cancel)


@router.post("/{job_id}/pause", status_code=202, responses=COMMANDED)
def post_pause(parts: ThisService, caller: Editor, request_id: RequestId, job_id: str) -> Job:
    """Suspend the job's trials and free its place on the cluster."""
    return _commanded(parts, caller, request_id, job_id, Action.JOB_PAUSE, pause)


@router.post("/{job_id}/resume", status_code=202, responses=COMMANDED)
def post_resume(parts: ThisService, caller: Editor, request_id: RequestId, job_id: str) -> Job:
    """Queue a paused job again."""
    return _commanded(parts, caller, request_id, job_id, Action.JOB_RESUME, resume)


@router.post("/{job_id}/retry", status_code=202, responses=COMMANDED)
def post_retry(parts: ThisService, caller: Editor, request_id: RequestId, job_id: str) -> Job:
    """Queue a job that has ended short of its budget; its recorded trials stay."""
    return _commanded(parts, caller, request_id, job_id, Action.JOB_RETRY, retry)


def _commanded(
    parts: Parts,
    caller: Caller,
    request_id: str,
    job_id: str,
    action: Action,
    command: Callable[[Session, JobRow, datetime], None],
) -> Job:
    with parts.database.write() as session:
        row = lock_job(session, job_id, caller.team)
        at = parts.clock.now(session)
        command(session, row, at)
        note(session, caller, action, job_id, {"name": row.name}, at, request_id)
        return view_job(parts, session, row)


def _running(session: Session, rows: Sequence[JobRow]) -> dict[str, int]:
    begun = [row.id for row in rows if row.trials_total]
    return count_running_trials(session, begun) if begun else {}
