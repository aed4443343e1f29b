"""Where jobs stand in the line, without working the whole of it out for every request."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.orm import Session

from service.db.tables import JobRow
from service.lifecycle import JobState
from service.standing import place_at_latest, positions

SHORT = 200
"""So many jobs in line are looked at anew each time."""
KEPT_SECONDS = 2.0


class Places:
    """Places of queued jobs, counted from 1, as this process tells them.

    A line of more than SHORT jobs is worked out every KEPT_SECONDS at most. A job that has come to
    it since stands behind all that are as urgent, where it would if its team and owner held most.

    now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: Mapping[str, int] = {}
        self._until = float("-inf")

    def of(self, session: Session, jobs: Iterable[JobRow]) -> dict[str, int]:
        """The places of those of `jobs` that are queued, by id."""
        queued = [job for job in jobs if job.state == JobState.QUEUED]
        if not queued:
            return {}
        line = self._line(session)
        return {
            job.id: line[job.id] if job.id in line else place_at_latest(session, job)
            for job in queued
        }

    def _line(self, session: Session) -> Mapping[str, int]:
        if len(self._kept) > SHORT:
            if self._now() < self._until:
                return self._kept
            # While one works it out the others go by what is known.
            if not self._lock.acquire(blocking=False):
                return self._kept
            try:
                return self._look(session)
            finally:
                self._lock.release()
        return self._look(session)

    def _look(self, session: Session) -> Mapping[str, int]:
        self._kept = line = positions(session)
        self._until = self._now() + KEPT_SECONDS
        return line
