"""Write-behind recording: records leave the search's thread at once and reach the control plane
in order, in batches.

`flush` waits for everything added before it; a reservation flushes, so parameters are stored
before Ray Tune sees them.
"""

import threading
from collections.abc import Callable

from service.protocol import Latency, Orders, Record, RecordsReply

BATCH = 500
LINGER_SECONDS = 0.02
"""What ends one trial is followed at once by what begins the next: worth waiting for, so that
both are one request and one commit. Whoever flushes does not wait."""

Send = Callable[[tuple[Record, ...]], RecordsReply]


class RecordingStopped(RuntimeError):
    """The recorder failed or was closed; nothing more will be stored."""


class Recorder:
    """One ordered queue and the thread that empties it.

    send: stores records; raises when they can never be stored.
    on_orders: told what each reply says the control plane wants.
    on_failure: told why nothing more will be stored; called once, from the recorder's thread.
    """

    def __init__(
        self,
        send: Send,
        on_orders: Callable[[Orders], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._send = send
        self._on_orders = on_orders
        self._on_failure = on_failure
        self._changed = threading.Condition()
        self._waiting: list[Record] = []
        self._added = 0
        self._stored = 0
        self._flushed = 0
        self._closed = False
        self._failed = False
        self._latencies: dict[int, Latency] = {}
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def add(self, *records: Record) -> None:
        """Take records for storing; does not wait.

        Raises:
            RecordingStopped: nothing more will be stored.
        """
        with self._changed:
            self._require_open()
            self._waiting += records
            self._added += len(records)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything added so far is stored.

        Raises:
            RecordingStopped: it never will be.
        """
        with self._changed:
            target = self._flushed = self._added
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stored >= target or self._failed)
            if self._stored < target:
                raise RecordingStopped("records could not be stored")

    def latency_of(self, number: int) -> Latency | None:
        """What the control plane already knew of a reserved trial's architecture."""
        with self._changed:
            return self._latencies.pop(number, None)

    def close(self) -> None:
        """Store what is waiting, then stop the thread. Adding fails from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _require_open(self) -> None:
        if self._closed or self._failed:
            raise RecordingStopped("the recorder takes no more records")

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                reply = self._send(batch)
            except Exception as error:  # noqa: BLE001  whatever it was, the runner must hear of it
                self._fail(error)
                return
            with self._changed:
                self._latencies |= reply.latencies
                self._stored += len(batch)
                self._changed.notify_all()
            self._on_orders(reply.orders)

    def _next_batch(self) -> tuple[Record, ...]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(self._is_due, LINGER_SECONDS)
            batch = tuple(self._waiting[:BATCH])
            del self._waiting[:BATCH]
            return batch

    def _is_due(self) -> bool:
        return self._closed or self._flushed > self._stored or len(self._waiting) >= BATCH

    def _fail(self, error: Exception) -> None:
        with self._changed:
            self._failed = True
            self._changed.notify_all()
        self._on_failure(error)
