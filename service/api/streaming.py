"""What every stream of server-sent events has (WHATWG HTML, section 9.2)."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Annotated, Any, TypeVar

from fastapi import Header, Query
from fastapi.responses import StreamingResponse

from service.api.deps import Parts, ThisService, Viewer
from service.api.followed import Followed
from service.team.access import Caller

HEARTBEAT = b": still here\n\n"

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Begin after the event of this id."),
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


F = TypeVar("F", bound=Followed)


def streamed(kinds: Iterable[str], id_pattern: str) -> dict[int | str, dict[str, Any]]:
    """The response of a stream whose events are of these kinds, with ids like that."""
    event = {
        "type": "object",
        "required": ["id", "event", "data"],
        "properties": {
            "id": {"type": "string", "pattern": id_pattern},
            "event": {"type": "string", "enum": list(kinds)},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
    }
    return {200: {"content": {EventStream.media_type: {"itemSchema": event}}}}


async def take_place(parts: ThisService, _: Viewer) -> AsyncIterator[None]:
    """A stream's place for as long as its response lasts; only for who may read at all."""
    with parts.streams.place():
        yield


def stream(
    parts: Parts,
    caller: Caller,
    followed: AbstractContextManager[F],
    begin: Callable[[F], int],
    seconds: float = math.inf,
) -> EventStream:
    """What a feed tells after the event numbered `begin`, while the caller's token is good.

    seconds: so long at most.
    """
    return EventStream(
        _events(parts, caller, followed, begin, seconds),
        # A proxy that buffers would hold the events back.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _events(
    parts: Parts,
    caller: Caller,
    followed: AbstractContextManager[F],
    begin: Callable[[F], int],
    seconds: float,
) -> AsyncIterator[bytes]:
    now, settings = asyncio.get_running_loop().time, parts.settings
    end_at = now() + seconds
    with parts.vigil.over(caller) as watch, followed as feed:
        sent = begin(feed)
        speak_at = now() + settings.event_heartbeat_seconds
        while True:
            soonest = min(speak_at, end_at) - now()
            page = await feed.after(sent, min(settings.token_check_seconds, soonest))
            if not watch.good or now() >= end_at:
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
