"""Callers whose tokens were found good a moment ago, so that a burst of requests asks once."""

import threading
import time
from collections.abc import Callable

from service.team.access import Caller

MAX_CALLERS = 10_000


class Callers:
    """What this process remembers of good tokens, by their hash. Nothing about bad ones.

    seconds: how long a revocation by another process takes to be felt; one by this process takes
        none. now: seconds of a clock that never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._until: dict[str, tuple[Caller, float]] = {}
        self._forgotten = 0

    @property
    def forgotten(self) -> int:
        """How often all were forgotten: to be read before the database is asked."""
        return self._forgotten

    def of(self, token_sha256: str) -> Caller | None:
        """Whose token it is, if that is known."""
        caller, until = self._until.get(token_sha256, (None, 0.0))
        return caller if self._now() < until else None

    def keep(self, token_sha256: str, caller: Caller, forgotten: int) -> None:
        """Remember what the database said, unless something was changed since it was asked."""
        with self._lock:
            if forgotten != self._forgotten:
                return
            if len(self._until) >= MAX_CALLERS:
                self._until.clear()
            self._until[token_sha256] = (caller, self._now() + self._seconds)

    def forget(self) -> None:
        """To be called once a change of tokens or members is committed."""
        with self._lock:
            self._forgotten += 1
            self._until.clear()
