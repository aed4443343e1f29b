"""How often one caller may ask: an allowance that is spent and grows again, or a part of one."""

import threading
import time
from collections.abc import Callable

from service.errors import RateLimited

MAX_KEYS = 10_000
"""Keys that are remembered at most; beyond them those are forgotten that owe the least."""


class Allowance:
    """A token bucket for each key, as one number: when all that it has spent will have grown back.

    This is the generic cell rate algorithm (GCRA). A key that owes nothing needs no memory.

    per_second: how much grows back; 0 for no limit at all. burst: the most that can be saved.
    Both are of all copies of the service together, each of which has an equal part.
    now: seconds of a clock that never goes back.
    """

    def __init__(
        self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self.share(1)
        self._whole_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._whole_at)

    def share(self, copies: int) -> None:
        """Give this process its part, from now on; one of the burst at least."""
        self._seconds_each = copies / self._per_second if self._per_second else 0.0
        self._saved_seconds = max(0.0, self._burst / copies - 1) * self._seconds_each

    def require(self, key: str) -> None:
        """Let a key past that has something left; it is not spent by this.

        Raises:
            RateLimited: nothing is left now.
        """
        wait = self._whole_at.get(key, 0.0) - self._now() - self._saved_seconds
        # A rounding error is no reason to send somebody away.
        if wait > 1e-6:
            raise RateLimited(wait)

    def spend(self, key: str) -> None:
        """Take one from what a key has left."""
        if not self._seconds_each:
            return
        with self._lock:
            now = self._now()
            self._whole_at[key] = max(self._whole_at.get(key, now), now) + self._seconds_each
            if len(self._whole_at) > MAX_KEYS:
                self._forget(now)

    def _forget(self, now: float) -> None:
        owing = {key: at for key, at in self._whole_at.items() if at > now}
        if len(owing) > MAX_KEYS // 2:
            # Half of them at once, so that the sorting is shared by as many calls.
            kept = sorted(owing, key=owing.__getitem__)[-MAX_KEYS // 2 :]
            owing = {key: owing[key] for key in kept}
        self._whole_at = owing
