"""A job's events as they happen, over as many connections as it takes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tclsearch_client import calls
from tclsearch_client.documents import ENDED, Event
from tclsearch_client.errors import (
    RequestFailed,
    TclsearchError,
    UnexpectedReply,
    Unreachable,
)
from tclsearch_client.exchange import Emit, Read, Repeat, Request, Steps, open_stream
from tclsearch_client.retrying import Patience, Tries, attempt, may_repeat


@dataclass(slots=True)
class Decoder:
    """Server-sent events (WHATWG HTML, section 9.2) out of bytes that come in any pieces."""

    _left: bytes = b""
    _id: str = ""
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that are complete now. What a cut connection leaves incomplete is lost."""
        *lines, self._left = (self._left + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line:
                self._take(line.decode())
            elif self._data:
                yield self._event_so_far()
                self._event, self._data = "", []

    def _event_so_far(self) -> Event:
        try:
            data = json.loads("\n".join(self._data))
            return Event(id=int(self._id), event=self._event, data=data)
        except ValueError:
            raise UnexpectedReply("a stream of events that this client cannot read") from None

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self._id = value
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case _:  # a comment, or a field that only browsers heed
                pass


def watch(job_id: str, after: int, patience: Patience) -> Steps[None]:
    """Emit a job's events after the one numbered `after`, until its last one.

    A connection that breaks is made anew, and goes on where the last one ended.

    Raises:
        RequestFailed: the job is gone, or the token is.
        Unreachable: no connection was made for as long as `patience`.
    """
    tries = Tries(patience)
    while True:
        last: Event | None = None
        trouble: TclsearchError = Unreachable(f"the events of {job_id}", "the stream was ended")
        try:
            yield from open_stream(
                Request("GET", calls.path("jobs", job_id, "events"), **_since(after))
            )
            decoder = Decoder()
            while chunk := (yield Read()):
                tries.succeeded()
                for event in decoder.feed(chunk):
                    last, after = event, event.id
                    yield Emit(event)
            if last is None and (yield from attempt(calls.job(job_id), patience)).ended:
                return
        except (Unreachable, RequestFailed) as error:
            if not may_repeat(error, Repeat.ALWAYS):
                raise
            trouble = error
        if last is not None and _ends_a_job(last):
            return
        yield tries.wait(trouble)


def _since(after: int) -> dict[str, Any]:
    headers = {"Accept": "text/event-stream"}
    return {"headers": headers | ({"Last-Event-ID": str(after)} if after else {})}


def _ends_a_job(event: Event) -> bool:
    return event.event == "job.state" and event.data.get("state") in ENDED
