import logging
import threading
from collections.abc import Iterable, Iterator

import pytest

from service.errors import Unavailable
from service.operations.chores import Chore, Chores


class Counted:
    """A chore's steps; tells when the passes so far are enough."""

    def __init__(self, passes: int, *steps: int | Exception) -> None:
        self._steps = steps
        self._left = passes
        self.enough = threading.Event()

    def __call__(self) -> Iterator[int]:
        self._left -= 1
        if self._left == 0:
            self.enough.set()
        for step in self._steps:
            if isinstance(step, Exception):
                raise step
            yield step


def run(*chores: Chore, until: threading.Event) -> None:
    running = Chores(*chores)
    running.start()
    assert until.wait(30)
    running.stop()


def test_a_chore_comes_again_and_again() -> None:
    steps = Counted(5, 1)
    run(Chore("busy", 0.001, steps), until=steps.enough)


def test_one_that_fails_or_hangs_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    release, good = threading.Event(), Counted(3, 1)
    failing = Counted(3, 2, KeyError("a fault of ours"))

    def hang() -> Iterable[int]:
        good.enough.wait()
        failing.enough.wait()
        release.set()
        return ()

    run(
        Chore("hanging", 1000, hang),
        Chore("failing", 0.001, failing),
        Chore("good", 0.001, good),
        until=release,
    )
    assert "failing: failed after 2" in caplog.text
    assert "a fault of ours" in caplog.text


def test_what_was_done_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rare, away, last = Counted(1), Counted(1, 5, Unavailable("away")), Counted(1, 3, 4)
    running = Chores(Chore("rare", 3600, rare), Chore("away", 1, away), Chore("last", 1, last))
    running.start()
    for steps in (rare, away, last):
        assert steps.enough.wait(30)
    running.stop()
    assert "rare: 0 in" in caplog.text
    assert "away: broken off after 5: away" in caplog.text
    assert "last: 7 in" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_stop_comes_between_two_steps() -> None:
    begun, stopped = threading.Event(), threading.Event()
    done: list[int] = []

    def steps() -> Iterator[int]:
        for number in range(3):
            done.append(number)
            begun.set()
            stopped.wait()
            yield 1

    running = Chores(Chore("long", 1000, steps))
    running.start()
    begun.wait()
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    while not running._stopping.is_set():
        pass
    stopped.set()
    stopping.join()
    assert done == [0]
