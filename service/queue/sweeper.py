"""What must happen to jobs without anybody asking: ageing, rescue, and forced cancels."""

import logging
import uuid
from collections.abc import Callable

from service.clock import Clock
from service.db.engine import Database
from service.queue import copies, ownership
from service.queue.allotment import age
from service.settings import Settings

logger = logging.getLogger(__name__)


class Sweeper:
    """One copy's part in looking after the leases. Several may sweep at once.

    copy: id of this copy of the service, new with every start. on_swept: told of each pass how
    many jobs it rescued, and how many cancels it forced. on_counted: told how many copies there are.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        copy: str | None = None,
        on_swept: Callable[[int, int], None] = lambda rescued, cancelled: None,
        on_counted: Callable[[int], None] = lambda running: None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._copy = copy or str(uuid.uuid4())
        self._on_swept = on_swept
        self._on_counted = on_counted
        self._troubled = False

    def sweep(self) -> int:
        """One pass; how many jobs it took from their runners.

        Raises:
            Unavailable: the database is away; runners could not renew either, so the next
                rescue waits for the grace period again.
        """
        try:
            cancelled, rescued = self._sweep()
        except Exception:
            self._troubled = True
            raise
        self._troubled = False
        self._on_swept(len(rescued), len(cancelled))
        for job_id in cancelled:
            logger.warning("%s did not heed its cancel and was taken from its runner", job_id)
        for job_id in rescued:
            logger.warning("%s was rescued: its lease had run out", job_id)
        return len(cancelled) + len(rescued)

    def age(self) -> None:
        """Let jobs that wait gain priority."""
        with self._database.write() as session:
            age(session, self._clock.now(session), self._settings.ageing_seconds)

    def leave(self) -> None:
        """Say that this copy stops in order, so that nobody waits for its runners.

        Raises:
            Unavailable: the database is away.
        """
        with self._database.write() as session:
            copies.leave(session, self._copy)

    def _sweep(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        settings = self._settings
        with self._database.write() as session:
            now = self._clock.now(session)
            roll = copies.check_in(session, self._copy, now, settings, troubled=self._troubled)
            cancelled = ownership.force_cancels(session, now, settings.cancel_grace_seconds)
            rescued = ownership.rescue(session, now) if now >= roll.rescue_from else ()
        self._on_counted(roll.running)
        return cancelled, rescued
