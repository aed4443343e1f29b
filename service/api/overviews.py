"""What changes in the lists of teams, for the streams of this process: one look for all of them."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.followed import Followed, Page
from service.api.newest import Newest
from service.api.views import job_view
from service.clock import Clock
from service.db.engine import Database
from service.db.tables import JobRow
from service.errors import Unavailable
from service.events.streams import Streams
from service.ids import new_feed_id
from service.jobs.lookup import count_running_trials
from service.queue.overview import (
    House,
    Picture,
    differences,
    look_at_house,
    look_at_team,
)
from service.queue.places import Places
from service.settings import Settings

MOST = 500
"""Jobs whose last word is kept; where more change at once, everybody reads everything again."""
PART = 0.1
"""Of the time, looks take no more than this, however long one of them takes."""
LINGER_SECONDS = 60.0
"""A team is looked after for so long after the last stream, for whoever comes back."""
UNKNOWN = -1
"""Stands for a number that is none of this feed's."""


class ListEvent(StrEnum):
    RESET = "reset"
    JOB_CHANGED = "job.changed"
    JOB_DELETED = "job.deleted"
    QUEUE_CHANGED = "queue.changed"
    SLOTS_CHANGED = "slots.changed"
    CLUSTER_CHANGED = "cluster.changed"
    TEAM_CHANGED = "team.changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be told. key: of what a later entry under the same one makes out of date."""

    key: str
    kind: ListEvent
    data: str


@dataclass(frozen=True, slots=True)
class Look:
    """A picture, and what is new since the one before; None for more than can be told."""

    picture: Picture
    entries: Sequence[Entry] | None


class Overviews:
    """The teams that somebody follows. Everything but the looking happens on the event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        places: Places,
        streams: Streams,
        settings: Settings,
        new_id: Callable[[], str] = new_feed_id,
    ) -> None:
        self._database = database
        self._clock = clock
        self._places = places
        self._streams = streams
        self._settings = settings
        self._new_id = new_id
        self._overviews: dict[str, Overview] = {}
        self._asked = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def follow(self, team: str) -> Iterator["Overview"]:
        """The team's overview, looked after for as long as somebody follows it, and a while more."""
        overview = self._overviews.get(team)
        if overview is None:
            overview = self._overviews[team] = Overview(self._new_id())
            self._asked.set()
        overview.followers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield overview
        finally:
            overview.followers -= 1
            overview.left_at = asyncio.get_running_loop().time()

    async def _look_on(self) -> None:
        now = asyncio.get_running_loop().time
        try:
            while self._overviews and not self._streams.closed:
                began = now()
                self._asked.clear()
                # Streams outlive a database that is away for a while.
                with suppress(Unavailable):
                    await self._look()
                pause = max(self._settings.event_poll_seconds, (now() - began) / PART)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._asked.wait()
                self._drop(now() - LINGER_SECONDS)
        finally:
            # However it comes to an end: nobody waits for a look that never comes.
            overviews, self._overviews, self._looking = self._overviews, {}, None
            for overview in overviews.values():
                overview.close()

    def _drop(self, left_before: float) -> None:
        for team, overview in list(self._overviews.items()):
            if not overview.followers and overview.left_at < left_before:
                del self._overviews[team]

    async def _look(self) -> None:
        before = {team: overview.picture for team, overview in self._overviews.items()}
        for team, look in (await asyncio.to_thread(self._read, before)).items():
            self._overviews[team].learn(look)

    def _read(self, before: Mapping[str, Picture | None]) -> dict[str, Look]:
        with self._database.read() as session:
            house = look_at_house(session, self._settings, self._clock.now(session))
            return {
                team: self._read_team(session, house, team, picture)
                for team, picture in before.items()
            }

    def _read_team(
        self, session: Session, house: House, team: str, before: Picture | None
    ) -> Look:
        now = look_at_team(session, team, house)
        if before is None or before == now:
            return Look(now, [])
        changes = differences(before, now)
        suspects = [*changes.jobs, *changes.unseen]
        if len(suspects) > MOST:
            return Look(now, None)
        entries = self._jobs(session, suspects)
        total, busy = house.slots
        others = (
            (changes.queue, ListEvent.QUEUE_CHANGED, "{}"),
            (changes.slots, ListEvent.SLOTS_CHANGED, json.dumps({"total": total, "busy": busy})),
            (changes.cluster, ListEvent.CLUSTER_CHANGED, "{}"),
            (changes.team, ListEvent.TEAM_CHANGED, "{}"),
        )
        entries += [Entry(kind, kind, data) for changed, kind, data in others if changed]
        return Look(now, entries)

    def _jobs(self, session: Session, job_ids: Sequence[str]) -> list[Entry]:
        """The jobs as they are now, without their specs, which never change."""
        if not job_ids:
            return []
        rows = session.scalars(select(JobRow).where(JobRow.id.in_(job_ids))).all()
        running = count_running_trials(session, [row.id for row in rows])
        places = self._places.of(session, rows)
        documents = {
            row.id: job_view(
                row, running=running.get(row.id, 0), queue_position=places.get(row.id)
            ).model_dump_json(exclude={"spec"})
            for row in rows
        }
        return [
            Entry(job_id, ListEvent.JOB_CHANGED, documents[job_id])
            if job_id in documents
            else Entry(job_id, ListEvent.JOB_DELETED, json.dumps({"id": job_id}))
            for job_id in job_ids
        ]


class Overview(Followed):
    """One team's lists, as far as its followers know of them. name: of this feed, which no other has.

    left_at: when the last follower went, on the event loop's clock.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.left_at = 0.0
        self.picture: Picture | None = None
        self._newest = Newest(MOST)

    def number_of(self, event_id: str | None) -> int:
        """The number of an event that this feed sent; UNKNOWN for any other id, and for none."""
        name, _, number = (event_id or "").partition(".")
        known = name == self.name and number.isascii() and number.isdecimal() and len(number) < 20
        return int(number) if known else UNKNOWN

    def learn(self, look: Look) -> None:
        """Take over what was found; the first picture has nothing before it to differ from."""
        began = self.picture is None
        self.picture = look.picture
        if look.entries is None:
            self._newest.forget()
        for entry in look.entries or ():
            self._newest.put(entry.key, f"event: {entry.kind}\ndata: {entry.data}\n\n")
        if began or look.entries != []:
            self._wake()

    async def _page(self, number: int) -> Page:
        """Each thing that has changed once; where it is not known what has, an event that says so."""
        until = self._newest.number
        entries = self._newest.since(number)
        if entries is None:
            entries = [(until, f"event: {ListEvent.RESET}\ndata: {{}}\n\n")]
        text = "".join(f"id: {self.name}.{number}\n{entry}" for number, entry in entries)
        return Page(text.encode(), until, last=False)

    def _is_ahead(self, number: int) -> bool:
        return self.picture is not None and self._newest.number != number
