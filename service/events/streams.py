"""The event streams open in this process: only so many, and all ended when the service stops."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Unavailable

RETRY_AFTER_SECONDS = 10


class Streams:
    """Places for streams. They are taken on the event loop alone; `close` may come from anywhere.

    limit: most streams at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = 0
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        """Whether every stream should end now."""
        return self._closed.is_set()

    def close(self) -> None:
        """End every stream, and let no other begin.

        To be called before the web server is asked to stop: it waits for its open connections.
        """
        self._closed.set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one stream's place.

        Raises:
            Unavailable: none is left, or the service is stopping.
        """
        if self.closed or self._open >= self._limit:
            raise Unavailable(
                f"this service has its {self._limit} event streams open, or is stopping",
                retry_after=RETRY_AFTER_SECONDS,
            )
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
