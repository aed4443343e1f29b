"""A job's events as they happen: server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from searchspace.errors import Problem
from service.api.deps import Parts, ThisService, Viewer
from service.api.problems import responses
from service.errors import BadRequest
from service.events.journal import EventKind, Head
from service.jobs.lookup import find_job
from service.team.access import Caller

router = APIRouter(prefix="/jobs/{job_id}/events", tags=["jobs"])

HEARTBEAT = b": still here\n\n"

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Begin after the event of this sequence number."),
]
LastEventIdQuery = Annotated[
    str | None,
    Query(
        alias="last_event_id",
        description="As the header, for clients that cannot send it; the header comes first.",
    ),
]


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
        "event": {"type": "string", "enum": [kind.value for kind in EventKind]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {EventStream.media_type: {"itemSchema": EVENT_SCHEMA}}}
}


async def take_place(parts: ThisService, _: Viewer) -> AsyncIterator[None]:
    """A stream's place for as long as its response lasts; only for who may read at all."""
    with parts.streams.place():
        yield


@router.get(
    "",
    response_class=EventStream,
    responses=STREAMED | responses(400, 401, 403, 404, 503),
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
    return EventStream(
        _stream(parts, caller, job_id, head, _begin(head, begin)),
        # A proxy that buffers would hold the events back.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
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


async def _stream(
    parts: Parts, caller: Caller, job_id: str, head: Head, sent: int
) -> AsyncIterator[bytes]:
    now, settings = asyncio.get_running_loop().time, parts.settings
    with parts.vigil.over(caller) as watch, parts.feeds.follow(job_id, head) as feed:
        speak_at = now() + settings.event_heartbeat_seconds
        while True:
            page = await feed.after(sent, min(settings.token_check_seconds, speak_at - now()))
            if not watch.good:
                # The next request is told why; this one's status has long been sent.
                return
            if page is None:
                if now() >= speak_at:
                    yield HEARTBEAT
                    speak_at = now() + settings.event_heartbeat_seconds
                continue
            if page.text:
                yield page.text
                speak_at = now() + settings.event_heartbeat_seconds
            if page.last:
                return
            sent = page.until
