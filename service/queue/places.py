"""Where jobs stand in the line, without working the whole of it out for every request."""

import threading
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.db.tables import JobRow
from service.lifecycle import JobState
from service.queue.slots import Contender
from service.queue.standing import place_at_latest, places, whole_line

SHORT = 200
"""So many jobs in line are looked at anew each time."""
KEPT_SECONDS = 2.0


@dataclass(slots=True)
class _Line:
    """places: of the jobs that stood in it when it was looked at.
    urgencies: of these and of those posted since, the least urgent first."""

    places: Mapping[str, int] = field(default_factory=dict)
    urgencies: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, in_line: Sequence[Contender]) -> "_Line":
        return cls(places(in_line), sorted(job.priority for job in in_line))


class Places:
    """Places of queued jobs, counted from 1, as this process tells them.

    A line of more than SHORT jobs is worked out every KEPT_SECONDS at most. A job that has come to
    it since stands behind all that are as urgent, where it would if its team and owner held most.

    now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._looking = threading.Lock()
        self._counting = threading.Lock()
        self._kept = _Line()
        self._until = float("-inf")

    def of(self, session: Session, jobs: Iterable[JobRow]) -> dict[str, int]:
        """The places of those of `jobs` that are queued, by id."""
        queued = [job for job in jobs if job.state == JobState.QUEUED]
        if not queued:
            return {}
        line = self._line(session).places
        return {
            job.id: line[job.id] if job.id in line else place_at_latest(session, job)
            for job in queued
        }

    def of_posted(self, job: JobRow) -> int | None:
        """The place of a job that was posted just now, without a look; None where it takes one.

        What other copies of the service have taken since this one looked is not counted.
        """
        with self._counting:
            kept = self._kept
            if not self._will_do(kept):
                return None
            if job.id in kept.places:
                return kept.places[job.id]
            urgency = job.priority + job.boost
            insort(kept.urgencies, urgency)
            return len(kept.urgencies) - bisect_left(kept.urgencies, urgency)

    def _line(self, session: Session) -> _Line:
        if self._will_do(self._kept):
            return self._kept
        if len(self._kept.places) <= SHORT:
            return self._look(session)
        # While one works it out the others go by what is known.
        if not self._looking.acquire(blocking=False):
            return self._kept
        try:
            return self._look(session)
        finally:
            self._looking.release()

    def _will_do(self, line: _Line) -> bool:
        return len(line.places) > SHORT and self._now() < self._until

    def _look(self, session: Session) -> _Line:
        self._kept = line = _Line.of(whole_line(session))
        self._until = self._now() + KEPT_SECONDS
        return line
