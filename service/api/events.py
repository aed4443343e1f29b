"""A job's events as they happen: server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from searchspace.errors import Problem
from service.api.deps import Parts, ThisService, Viewer
from service.api.problems import responses
from service.db.tables import EventRow
from service.errors import BadRequest, Unavailable
from service.events import NOTHING_NEW, News, news
from service.lookup import find_job

router = APIRouter(prefix="/jobs/{job_id}/events", tags=["jobs"])

PAGE = 500
"""Events read and sent at once: what a slow client can make this process hold."""
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


async def take_place(parts: ThisService, _: Viewer) -> AsyncIterator[None]:
    """A stream's place for as long as its response lasts; only for who may read at all."""
    with parts.streams.place():
        yield


@router.get(
    "",
    response_class=EventStream,
    responses=responses(400, 401, 403, 404, 503),
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
    A comment comes where nothing else has for a while.
    """
    begin = last_event_id if last_event_id is not None else after
    sequence = await run_in_threadpool(_begin, parts, caller.team, job_id, begin)
    return EventStream(
        _stream(parts, job_id, sequence),
        # A proxy that buffers would hold the events back.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


def _begin(parts: Parts, team: str, job_id: str, last_event_id: str | None) -> int:
    with parts.database.read() as session:
        events = find_job(session, team, job_id).events
    if last_event_id is None:
        return 0
    known = last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) < 10
    if not known or int(last_event_id) > events:
        message = f"must be the number of an event of this job, at most {events}"
        raise BadRequest(
            f"Last-Event-ID {message}",
            code="bad_last_event_id",
            problems=[Problem("/header/Last-Event-ID", message)],
        )
    return int(last_event_id)


async def _stream(parts: Parts, job_id: str, sent: int) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    settings, spoken_at = parts.settings, now()
    while not parts.streams.closed:
        found = await run_in_threadpool(_news, parts, job_id, sent)
        if found.events:
            yield _written(found.events)
            sent, spoken_at = found.events[-1].sequence, now()
        if found.last:
            return
        if now() - spoken_at >= settings.event_heartbeat_seconds:
            yield HEARTBEAT
            spoken_at = now()
        if len(found.events) < PAGE:
            await asyncio.sleep(settings.event_poll_seconds)


def _news(parts: Parts, job_id: str, sent: int) -> News:
    try:
        with parts.database.read() as session:
            return news(session, job_id, sent, PAGE)
    except Unavailable:
        # The stream outlives a database that is away for a while.
        return NOTHING_NEW


def _written(events: Iterable[EventRow]) -> bytes:
    return "".join(
        f"id: {event.sequence}\nevent: {event.kind}\ndata: {_data(event.body, event.at)}\n\n"
        for event in events
    ).encode()


def _data(body: dict[str, Any], at: datetime) -> str:
    return json.dumps({**body, "at": at.isoformat().replace("+00:00", "Z")})
