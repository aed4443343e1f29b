"""The runner's hold on its job: renewed in the background, and dropped the moment it is lost."""

import threading
import time
from collections.abc import Callable
from typing import assert_never

from service.protocol import Desired, JobReason, Orders
from workers.control_plane import Refused, StaleEpoch, Unreachable

FENCE_SHARE = 100 / 120
"""Of the lease's length: without a renewal for this long the runner must not go on."""


def leave_for(orders: Orders, drained_for: float, drain_seconds: float) -> JobReason | None:
    """Why the runner should give the job up now, if it should.

    drained_for: seconds since it was to suspend its trials. Those that have not been suspended
        after drain_seconds go on from what they kept last.
    """
    match orders.desired:
        case Desired.CANCEL:
            return JobReason.CANCELLED
        case Desired.PAUSE:
            return JobReason.PAUSED if drained_for >= drain_seconds else None
        case Desired.RUN:
            limit = orders.wall_clock_seconds
            spent = limit is not None and orders.wall_clock_used >= limit
            return JobReason.WALL_CLOCK_SPENT if spent else None
        case _:
            assert_never(orders.desired)


class Lease:
    """Renews in a thread of its own.

    renew: asks the control plane; raises StaleEpoch, or Unreachable after some tries.
    on_lost: told, once, why the job is no longer ours.
    on_leave: told, once, that the job is to stop at once: cancelled, its time spent, or its
        trials not suspended drain_seconds after a pause.
    """

    def __init__(
        self,
        renew: Callable[[], Orders],
        first: Orders,
        on_lost: Callable[[str], None],
        on_leave: Callable[[JobReason], None],
        drain_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renew = renew
        self._on_lost = on_lost
        self._on_leave = on_leave
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._renewed_at = clock()
        self._draining_since: float | None = None
        # Guards the orders; told of whenever something is to be thought over.
        self._changed = threading.Condition()
        self._urgent = False
        self._due = False
        self._closed = False
        self._orders = first
        self.note(first)
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop renewing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def orders(self) -> Orders:
        """What the control plane wanted last."""
        return self._orders

    def note(self, orders: Orders) -> None:
        """Orders that came with another reply; acted on at once."""
        with self._changed:
            self._take(orders)

    def renew_now(self) -> None:
        """Do not wait until the next renewal is due; and make whoever waits think again."""
        with self._changed:
            self._due = True
            self._changed.notify_all()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that follows from the orders, or the lease is closed."""
        with self._changed:
            self._changed.wait_for(lambda: holds() or self._closed)

    def _take(self, orders: Orders) -> None:
        drains = orders.desired is Desired.PAUSE
        if not drains:
            self._draining_since = None
        elif self._draining_since is None:
            self._draining_since = self._clock()
        self._urgent = self._urgent or orders.desired is not self._orders.desired
        self._orders = orders
        self._changed.notify_all()

    def _leaves(self) -> JobReason | None:
        since = self._draining_since
        drained_for = 0.0 if since is None else self._clock() - since
        return leave_for(self._orders, drained_for, self._drain_seconds)

    def _run(self) -> None:
        while not self._closed:
            leave = self._leaves()
            if leave is not None:
                self._on_leave(leave)
                return
            if not self._woken() and not self._renewed():
                return

    def _woken(self) -> bool:
        """Whether something came up before the next renewal was due."""
        with self._changed:
            self._changed.wait_for(self._is_called, self._pause())
            urgent, self._urgent, self._due = self._urgent, False, False
            return self._closed or urgent

    def _is_called(self) -> bool:
        return self._closed or self._urgent or self._due or self._leaves() is not None

    def _pause(self) -> float:
        """Seconds until the next renewal, or until something else is due before it."""
        orders, pause = self._orders, self._orders.renew_after_seconds
        if orders.wall_clock_seconds is not None:
            pause = min(pause, orders.wall_clock_seconds - orders.wall_clock_used)
        if self._draining_since is not None:
            pause = min(pause, self._draining_since + self._drain_seconds - self._clock())
        return max(0.0, pause)

    def _renewed(self) -> bool:
        try:
            orders = self._renew()
        except (StaleEpoch, Refused) as error:
            self._on_lost(str(error))
            return False
        except Unreachable as error:
            silent = self._clock() - self._renewed_at
            if silent >= FENCE_SHARE * self._orders.lease_seconds:
                self._on_lost(f"no renewal for {silent:.0f} s: {error}")
                return False
            return True
        self._renewed_at = self._clock()
        self.note(orders)
        return True
