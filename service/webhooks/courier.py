"""Tells webhooks what they are owed, in a thread of its own.

Every copy of the service may have a courier: a webhook is leased by one of them at a time. What
is sent is sent outside every transaction, then noted; a courier that dies in between has another
send it once more, under the same id.
"""

import logging
import random
import threading
from collections.abc import Callable

from service.clock import Clock
from service.db.engine import Database
from service.errors import Unavailable
from service.webhooks import outbox
from service.webhooks.delivery import headers, message, pause_after
from service.webhooks.guarded_post import NotDelivered, Post
from service.webhooks.outbox import Errand

logger = logging.getLogger(__name__)

IDLE_SECONDS = 30.0
"""How soon the first webhook of all is noticed, where it was made by another copy."""


class Courier:
    """Delivers until it is stopped, looking for what is due every `poll_seconds`.

    bell: rung when a webhook is made, for one that idles. jitter: numbers of 0 to 1 that keep
    tries apart.
    """

    def __init__(
        self,
        poll_seconds: float,
        database: Database,
        clock: Clock,
        post: Post,
        bell: threading.Event,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._poll_seconds = poll_seconds
        self._database = database
        self._clock = clock
        self._post = post
        self._bell = bell
        self._jitter = jitter
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait for the post that is under way and send no other."""
        self._stopping.set()
        self._bell.set()
        self._thread.join()

    def deliver(self) -> bool:
        """Send everything that is due. Returns whether there are webhooks at all."""
        with self._database.read() as session:
            if not outbox.anybody_listens(session):
                return False
            due = outbox.is_due(session, self._clock.now(session))
        while due and not self._stopping.is_set():
            due = self._run_errand()
        return True

    def _run_errand(self) -> bool:
        """Run one errand; False where there was none."""
        with self._database.write() as session:
            errand = outbox.take(session, self._clock.now(session))
        if errand is None:
            return False
        left: Errand | None = errand
        while left is not None and not self._stopping.is_set():
            left = self._send(left)
        return True

    def _send(self, errand: Errand) -> Errand | None:
        """Send the errand's first event; what is left of it."""
        event = errand.events[0]
        body = message(errand.job_id, event.sequence, event.kind, event.at, event.body)
        event_id = f"{errand.job_id}:{event.sequence}"
        signed = headers(event_id, event.kind, errand.secret, body, errand.at)
        try:
            self._post(errand.url, signed, body)
        except NotDelivered as failure:
            self._wait(errand, failure)
            return None
        with self._database.write() as session:
            return outbox.told(session, errand, self._clock.now(session))

    def _wait(self, errand: Errand, failure: NotDelivered) -> None:
        pause = pause_after(errand.attempts + 1, self._jitter())
        why = str(failure)
        with self._database.write() as session:
            at = self._clock.now(session)
            if pause is None:
                outbox.give_up(session, errand, at, f"nothing got through for a day: {why}")
            else:
                outbox.put_off(
                    session, errand, at, at + pause, why, unreachable=failure.unreachable
                )
        if pause is None:
            logger.warning("webhook %s is disabled: %s", errand.webhook_id, why)

    def _run(self) -> None:
        pause = self._poll_seconds
        while True:
            self._bell.wait(pause)
            self._bell.clear()
            if self._stopping.is_set():
                return
            pause = self._poll_seconds
            try:
                if not self.deliver():
                    pause = IDLE_SECONDS
            except Unavailable:
                continue
            except Exception:
                # Whatever it was, the next pass may heal it; without passes nothing is told.
                logger.exception("webhooks could not be served")
