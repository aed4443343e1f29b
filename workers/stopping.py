"""SIGTERM and SIGINT as a condition to look at.

Not a `threading.Event`: its lock is not reentrant, so a handler that sets it while the main thread
waits for it never returns.
"""

import signal
import time

GLANCE_SECONDS = 0.2


class StopRequest:
    """True once the process was asked to stop, and hurried once it was asked again.

    Made in the main thread.
    """

    def __init__(self) -> None:
        self._made = False
        self.hurried = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._make)

    def __bool__(self) -> bool:
        return self._made

    def wait(self, seconds: float) -> bool:
        """Wait for the request, at most this long; whether it was made."""
        deadline = time.monotonic() + seconds
        while not self._made and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, GLANCE_SECONDS))
        return self._made

    def _make(self, _signal: int, _frame: object) -> None:
        self.hurried = self._made
        self._made = True
