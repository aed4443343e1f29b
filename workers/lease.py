"""The runner's hold on its job: renewed in the background, and dropped the moment it is lost."""

import threading
import time
from collections.abc import Callable
from typing import assert_never

from service.protocol import Desired, JobReason, Orders
from workers.control_plane import Refused, StaleEpoch, Unreachable

FENCE_SHARE = 100 / 120
"""Of the lease's length: without a renewal for this long the runner must not go on."""


def leave_for(orders: Orders) -> JobReason | None:
    """Why the runner should give the job up now, if it should."""
    match orders.desired:
        case Desired.CANCEL:
            return JobReason.CANCELLED
        case Desired.PAUSE:
            return JobReason.PAUSED
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
    on_leave: told, once, that people want the job to stop, or that its time is spent.
    """

    def __init__(
        self,
        renew: Callable[[], Orders],
        first: Orders,
        on_lost: Callable[[str], None],
        on_leave: Callable[[JobReason], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renew = renew
        self._orders = first
        self._on_lost = on_lost
        self._on_leave = on_leave
        self._clock = clock
        self._renewed_at = clock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop renewing."""
        self._closed.set()
        self._wake.set()

    def orders(self) -> Orders:
        """What the control plane wanted last."""
        return self._orders

    def note(self, orders: Orders) -> None:
        """Orders that came with another reply; acted on at once."""
        self._orders = orders
        if leave_for(orders) is not None:
            self._wake.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            leave = leave_for(self._orders)
            if leave is not None:
                self._on_leave(leave)
                return
            self._wake.wait(self._pause())
            self._wake.clear()
            if not self._closed.is_set() and not self._renewed():
                return

    def _pause(self) -> float:
        """Seconds until the next renewal, or until the wall-clock budget is spent."""
        orders, pause = self._orders, self._orders.renew_after_seconds
        if orders.wall_clock_seconds is None:
            return pause
        return max(0.0, min(pause, orders.wall_clock_seconds - orders.wall_clock_used))

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
        self._orders = orders
        return True
