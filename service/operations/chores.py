"""What the service does again and again without being asked, each chore in a thread of its own.

So a chore that fails or hangs holds up no other: nothing is more urgent than the rescue of jobs, and
nothing takes longer than the collection of artifacts.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.errors import Unavailable

logger = logging.getLogger(__name__)

STOP_SECONDS = 10.0
RARE_SECONDS = 60.0
"""Chores that come less often than this are logged even where there was nothing to do."""


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do.

    every_seconds: pause between two passes.
    steps: one pass; each step is short, does its part for good, and tells how many things it did.
    """

    name: str
    every_seconds: float
    steps: Callable[[], Iterable[int]]


class Chores:
    """Runs chores from `start` to `stop`. Several copies of the service may do the same ones."""

    def __init__(self, *chores: Chore) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(chore,), name=chore.name, daemon=True)
            for chore in chores
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the steps under way, but not for long, and do no other."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, chore: Chore) -> None:
        while not self._stopping.is_set():
            self._pass(chore)
            self._stopping.wait(chore.every_seconds)

    def _pass(self, chore: Chore) -> None:
        begun, done = time.monotonic(), 0
        try:
            for count in chore.steps():
                done += count
                if self._stopping.is_set():
                    break
        except Unavailable as error:
            logger.warning("%s: broken off after %d: %s", chore.name, done, error)
        except Exception:
            # Whatever it was, the next pass may heal it.
            logger.exception("%s: failed after %d", chore.name, done)
        else:
            level = logging.INFO if done or chore.every_seconds > RARE_SECONDS else logging.DEBUG
            logger.log(level, "%s: %d in %.1f s", chore.name, done, time.monotonic() - begun)
