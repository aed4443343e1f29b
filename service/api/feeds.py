"""What the event streams of this process send: read once for all that wait for the same."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from service.api.followed import Followed, Page
from service.db.engine import Database
from service.db.tables import EventRow
from service.errors import Unavailable
from service.events.journal import Head, heads, news
from service.events.streams import Streams

PAGE = 500
"""Events read and sent at once: what a slow client can make this process hold."""

GONE = Head(sys.maxsize, ended=True)
"""Of a job that was deleted: whoever follows it has to look once more, and finds nothing."""


class Feeds:
    """The jobs that somebody follows: one look for all of them at a time.

    Everything but the looking itself happens on the event loop. A stream asks for a page when the
    one before it is sent, so that a slow client makes nothing pile up.

    poll_seconds: between two looks.
    """

    def __init__(self, database: Database, streams: Streams, poll_seconds: float) -> None:
        self._database = database
        self._streams = streams
        self._poll_seconds = poll_seconds
        self._feeds: dict[str, Feed] = {}
        self._polling: asyncio.Task[None] | None = None

    @contextmanager
    def follow(self, job_id: str, head: Head) -> Iterator["Feed"]:
        """The job's feed, looked after for as long as somebody follows it.

        head: as the follower has just read it.
        """
        feed = self._feeds.setdefault(job_id, Feed(self._database, job_id, self._poll_seconds))
        feed.learn(head)
        feed.followers += 1
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers and self._feeds.get(job_id) is feed:
                del self._feeds[job_id]

    async def _poll(self) -> None:
        try:
            while self._feeds and not self._streams.closed:
                await asyncio.sleep(self._poll_seconds)
                await self._look()
        finally:
            # However it comes to an end: nobody waits for a look that never comes.
            feeds, self._feeds, self._polling = self._feeds, {}, None
            for feed in feeds.values():
                feed.close()

    async def _look(self) -> None:
        asked = list(self._feeds)
        # Streams outlive a database that is away for a while.
        with suppress(Unavailable):
            found = await asyncio.to_thread(self._heads, asked)
            for job_id in asked:
                if job_id in self._feeds:
                    self._feeds[job_id].learn(found.get(job_id, GONE))

    def _heads(self, job_ids: Sequence[str]) -> dict[str, Head]:
        with self._database.read() as session:
            return heads(session, job_ids)


class Feed(Followed):
    """One job's events, as far as its followers know of them."""

    def __init__(self, database: Database, job_id: str, poll_seconds: float) -> None:
        super().__init__()
        self._database = database
        self._job_id = job_id
        self._poll_seconds = poll_seconds
        self._head = Head(0, ended=False)
        self._reading: dict[int, asyncio.Task[Page | None]] = {}

    def learn(self, head: Head) -> None:
        """Hear of a head; one that was read before the known one is passed over."""
        if head != self._head and head.sequence >= self._head.sequence:
            self._head = head
            self._wake()

    async def _page(self, number: int) -> Page | None:
        page = await self._shared(number)
        if page is None or not (page.text or page.last):
            # The database is away, or the job goes on that had ended: the next look will tell.
            await asyncio.sleep(self._poll_seconds)
        return page

    def _is_ahead(self, number: int) -> bool:
        return self._head.ended or self._head.sequence > number

    async def _shared(self, sequence: int) -> Page | None:
        """Read once for all followers that ask while the reading lasts."""
        reading = self._reading.get(sequence)
        if reading is None:
            reading = asyncio.create_task(asyncio.to_thread(self._read, sequence))
            self._reading[sequence] = reading
            reading.add_done_callback(lambda _: self._reading.pop(sequence))
        # One follower that leaves must not take the others' page with it.
        return await asyncio.shield(reading)

    def _read(self, sequence: int) -> Page | None:
        try:
            with self._database.read() as session:
                found = news(session, self._job_id, sequence, PAGE)
        except Unavailable:
            return None
        until = found.events[-1].sequence if found.events else sequence
        return Page("".join(map(_written, found.events)).encode(), until, found.last)


def _written(event: EventRow) -> str:
    data = json.dumps({**event.body, "at": event.at.isoformat().replace("+00:00", "Z")})
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n"
