"""What happens, as it happens: to one job event by event, and to all that a team's lists show."""

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from searchspace.errors import Problem
from service.api.deps import Parts, ThisService, Viewer
from service.api.overviews import ListEvent
from service.api.problems import responses
from service.api.streaming import (
    EventStream,
    LastEventId,
    LastEventIdQuery,
    stream,
    streamed,
    take_place,
)
from service.errors import BadRequest
from service.events.journal import EventKind, Head
from service.jobs.lookup import find_job

router = APIRouter(tags=["jobs"])


@router.get(
    "/jobs/{job_id}/events",
    response_class=EventStream,
    responses=streamed(EventKind, "^[1-9][0-9]*$") | responses(400, 401, 403, 404, 503),
    dependencies=[Depends(take_place)],
)
async def get_events(
    parts: ThisService,
    caller: Viewer,
    job_id: str,
    last_event_id: LastEventId = None,
    after: LastEventIdQuery = None,
) -> EventStream:
    """The job's events from the first one, or from `Last-Event-ID` on; ends after its last one.

    `id` is the sequence number within the job, without gaps; `data` is JSON with the time `at`.
    A comment comes where nothing else has for a while. The stream ends a few seconds after its
    token is no good any more.
    """
    begin = last_event_id if last_event_id is not None else after
    head = await run_in_threadpool(_head, parts, caller.team, job_id)
    sent = _begin(head, begin)
    return stream(parts, caller, parts.feeds.follow(job_id, head), lambda _: sent)


@router.get(
    "/events",
    response_class=EventStream,
    responses=streamed(ListEvent, "^[0-9a-f]+[.][0-9]+$") | responses(401, 403, 503),
    dependencies=[Depends(take_place)],
)
async def get_list_events(
    parts: ThisService,
    caller: Viewer,
    last_event_id: LastEventId = None,
    after: LastEventIdQuery = None,
) -> EventStream:
    """What changes in the team's lists; for whoever shows them, so that nobody need ask again.

    A stream begins with `reset`: read the lists now, for what was before it is not told. After
    `Last-Event-ID` come the changes that were missed instead, of each thing only the newest, or
    `reset` where that id is not known any more. `data` of `job.changed` is the job without its
    spec, of `job.deleted` its `id`, of `slots.changed` `total` and `busy`. `queue.changed` (whose
    turn it is), `cluster.changed` and `team.changed` (whatever the audit trail has) say only that
    it is time to look. The stream has no end of its own; one that ended is asked for again.
    """
    begin = last_event_id if last_event_id is not None else after
    followed = parts.overviews.follow(caller.team)
    return stream(
        parts,
        caller,
        followed,
        lambda overview: overview.number_of(begin),
        parts.settings.list_stream_seconds,
    )


def _head(parts: Parts, team: str, job_id: str) -> Head:
    with parts.database.read() as session:
        return Head.of(find_job(session, team, job_id))


def _begin(head: Head, last_event_id: str | None) -> int:
    if last_event_id is None:
        return 0
    known = last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) < 10
    if not known or int(last_event_id) > head.sequence:
        message = f"must be the number of an event of this job, at most {head.sequence}"
        raise BadRequest(
            f"Last-Event-ID {message}",
            code="bad_last_event_id",
            problems=[Problem("/header/Last-Event-ID", message)],
        )
    return int(last_event_id)
