import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.protocol import Desired, JobReason, Orders
from service.settings import Settings
from tests.runner.builders import orders
from workers.control_plane import Refused, StaleEpoch, Unreachable
from workers.runner import RENEW_ANSWER_SECONDS, RENEW_TRY_SECONDS
from workers.search.lease import FENCE_SHARE, Lease, leave_for

WAIT = 10.0
SOON = 0.001


class Holder:
    """A lease whose renewals answer what the test scripts, and what came of it."""

    def __init__(
        self,
        *answers: Orders | Exception,
        lease_seconds: float = 120.0,
        drain_seconds: float = 0.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._answers: Iterator[Orders | Exception] = iter(answers)
        self.renewals = 0
        self.now = 0.0
        self.left: list[JobReason] = []
        self.lost: list[str] = []
        self.over = threading.Event()
        self.lease = Lease(
            self._renew,
            orders(renew_after_seconds=SOON, lease_seconds=lease_seconds),
            on_lost=lambda why: (self.lost.append(why), self.over.set()),
            on_leave=lambda reason: (self.left.append(reason), self.over.set()),
            drain_seconds=drain_seconds,
            clock=clock or (lambda: self.now),
        )

    def _renew(self) -> Orders:
        self.renewals += 1
        answer = next(self._answers, None)
        if answer is None:
            self.over.set()
            return orders(renew_after_seconds=WAIT)
        if isinstance(answer, Unreachable):
            self.now += 40.0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self) -> None:
        self.lease.start()
        assert self.over.wait(WAIT)
        self.lease.close()


def test_orders_of_a_renewal_are_there_to_be_read() -> None:
    holder = Holder(orders(slots=7, renew_after_seconds=SOON))
    holder.run()
    assert holder.renewals >= 2
    assert (holder.left, holder.lost) == ([], [])


@pytest.mark.parametrize(
    ("desired", "reason"),
    [(Desired.CANCEL, JobReason.CANCELLED), (Desired.PAUSE, JobReason.PAUSED)],
)
def test_what_people_want_is_followed(desired: Desired, reason: JobReason) -> None:
    holder = Holder(orders(desired=desired))
    holder.run()
    assert holder.left == [reason]


def test_orders_that_came_with_a_record_are_followed_at_once() -> None:
    cancel = orders(desired=Desired.CANCEL, renew_after_seconds=WAIT)
    holder = Holder(cancel)
    holder.lease.note(cancel)
    holder.run()
    assert holder.left == [JobReason.CANCELLED]


@pytest.mark.parametrize("refusal", [StaleEpoch("theirs"), Refused("401")])
def test_a_refused_renewal_loses_the_job(refusal: Exception) -> None:
    holder = Holder(refusal)
    holder.run()
    assert holder.lost == [str(refusal)]


def test_silence_is_borne_until_the_lease_is_nearly_over() -> None:
    silence = Unreachable("nobody answers")
    holder = Holder(silence, silence, silence, orders(renew_after_seconds=SOON))
    holder.run()
    assert holder.renewals == 3, "40 s and 80 s are borne, 120 s are not"
    assert "no renewal for 120 s" in holder.lost[0]


def test_a_renewal_ends_the_silence() -> None:
    silence, answer = Unreachable("nobody answers"), orders(renew_after_seconds=SOON)
    holder = Holder(silence, silence, answer, silence, silence)
    holder.run()
    assert holder.lost == []


@pytest.mark.parametrize(
    ("used", "limit", "reason"),
    [(9.0, 10.0, None), (10.0, 10.0, JobReason.WALL_CLOCK_SPENT), (99.0, None, None)],
)
def test_the_wall_clock_budget_ends_the_job(
    used: float, limit: float | None, reason: JobReason | None
) -> None:
    assert leave_for(orders(wall_clock_used=used, wall_clock_seconds=limit), 0.0, 60.0) is reason


@pytest.mark.parametrize(("drained_for", "reason"), [(59.9, None), (60.0, JobReason.PAUSED)])
def test_a_pause_gives_trials_time_to_be_suspended(
    drained_for: float, reason: JobReason | None
) -> None:
    assert leave_for(orders(desired=Desired.PAUSE), drained_for, 60.0) is reason


def test_a_cancel_gives_none() -> None:
    assert leave_for(orders(desired=Desired.CANCEL), 0.0, 60.0) is JobReason.CANCELLED


def test_a_pause_that_was_taken_back_does_not_count_towards_the_next() -> None:
    pause = orders(desired=Desired.PAUSE, renew_after_seconds=SOON)
    holder = Holder(pause, pause, drain_seconds=40.0)
    holder.lease.note(pause)
    holder.now += 39.0
    holder.lease.note(orders())
    holder.lease.note(pause)
    holder.now += 39.0
    holder.run()
    assert holder.left == []


def test_the_time_to_suspend_counts_from_the_first_order_to_pause() -> None:
    pause = orders(desired=Desired.PAUSE, renew_after_seconds=WAIT)
    holder = Holder(drain_seconds=40.0)
    for _ in range(5):
        holder.lease.note(pause)
        holder.now += 10.0
    holder.run()
    assert (holder.left, holder.renewals) == ([JobReason.PAUSED], 0)


def test_a_pause_is_not_slept_through() -> None:
    pause = orders(desired=Desired.PAUSE, renew_after_seconds=1000 * WAIT)
    holder = Holder(pause, drain_seconds=0.05, clock=time.monotonic)
    holder.lease.note(pause)
    holder.run()
    assert holder.left == [JobReason.PAUSED]


def test_a_renewal_may_be_called_for() -> None:
    holder = Holder(StaleEpoch("theirs"))
    holder.lease.note(orders(renew_after_seconds=1000 * WAIT))
    holder.lease.renew_now()
    holder.run()
    assert holder.lost == ["theirs"]


def test_whoever_waits_for_orders_is_woken_by_them() -> None:
    holder = Holder()
    seen = threading.Event()

    def holds() -> bool:
        seen.set()
        return holder.lease.orders().slots == 7

    waiting = threading.Thread(target=holder.lease.wait_until, args=[holds])
    waiting.start()
    assert seen.wait(WAIT)
    holder.lease.note(orders(slots=7))
    waiting.join(WAIT)
    assert not waiting.is_alive()


def test_a_runner_that_hears_nothing_is_gone_before_its_lease_is(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    # A try that fails just before is followed by another, which may be answered by silence.
    last = FENCE_SHARE * settings.lease_seconds + settings.renew_after_seconds
    assert last + RENEW_TRY_SECONDS + RENEW_ANSWER_SECONDS <= settings.lease_seconds
