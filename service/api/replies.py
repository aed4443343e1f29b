"""Replies that took long to write, kept by their ETag for whoever asks next.

An ETag names one sequence of bytes for good, so that what is kept is never out of date.
"""

import threading
from collections import OrderedDict

MAX_BYTES = 32 * 1024 * 1024


class Replies:
    """Bodies of replies in this process; those asked for longest ago make room for new ones.

    max_bytes: of all bodies together; a larger one is not kept at all.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, etag: str) -> bytes | None:
        with self._lock:
            body = self._bodies.get(etag)
            if body is not None:
                self._bodies.move_to_end(etag)
            return body

    def put(self, etag: str, body: bytes) -> None:
        with self._lock:
            if etag in self._bodies or len(body) > self._max_bytes:
                return
            self._bodies[etag] = body
            self._bytes += len(body)
            while self._bytes > self._max_bytes:
                _, oldest = self._bodies.popitem(last=False)
                self._bytes -= len(oldest)
