"""What must happen without anybody asking: ageing, rescue, forced cancels, collection."""

import logging
import threading
from datetime import datetime, timedelta

from service import queue
from service.allotment import age
from service.artifacts import ArtifactStore
from service.clock import Clock
from service.collect import collect
from service.db.engine import Database
from service.errors import Unavailable
from service.settings import Settings

logger = logging.getLogger(__name__)


class Sweeper:
    """Sweeps every few seconds in a thread of its own. Several services may sweep at once."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, store: ArtifactStore
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._store = store
        self._rescue_from: datetime | None = None
        self._collect_from: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait for the pass that is under way and do no other."""
        self._stopping.set()
        self._thread.join()

    def sweep(self) -> None:
        """One pass.

        Raises:
            Unavailable: the database is away; runners could not renew either, so the next
                rescue waits for the grace period again.
        """
        try:
            now = self._sweep_jobs()
        except Unavailable:
            self._rescue_from = None
            raise
        if self._collect_from is None or now >= self._collect_from:
            self._collect_from = now + timedelta(seconds=self._settings.collect_seconds)
            before = now - timedelta(seconds=self._settings.artifact_keep_seconds)
            if deleted := collect(self._database, self._store, before):
                logger.info("collected %d artifacts", deleted)

    def _sweep_jobs(self) -> datetime:
        settings = self._settings
        with self._database.write() as session:
            now = self._clock.now(session)
            if self._rescue_from is None:
                self._rescue_from = now + timedelta(seconds=settings.rescue_grace_seconds)
            age(session, now, settings.ageing_seconds)
            cancelled = queue.force_cancels(session, now, settings.cancel_grace_seconds)
            rescued = queue.rescue(session, now) if now >= self._rescue_from else ()
        for job_id in cancelled:
            logger.warning("%s did not heed its cancel and was taken from its runner", job_id)
        for job_id in rescued:
            logger.warning("%s was rescued: its lease had run out", job_id)
        return now

    def _run(self) -> None:
        while not self._stopping.wait(self._settings.sweep_seconds):
            try:
                self.sweep()
            except Exception:
                # Whatever it was, the next pass may heal it; without passes nothing is rescued.
                logger.exception("a sweep failed")
