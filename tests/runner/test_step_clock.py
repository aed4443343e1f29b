import pytest
from ray.tune.experiment import Trial

from workers.search.tune_run import SILENCE_SECONDS, StepClock

STEP = 100.0


class Stopwatch:
    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = StepClock(STEP, lambda: self.now)

    def trial(self, seconds_left: float | None = None) -> Trial:
        """A trial whose process is up."""
        trial = Trial("TrialProcess", config={"seconds_left": seconds_left}, stub=True)
        self.clock.start(trial)
        return trial


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def test_a_silent_process_is_ended_once_and_later_than_it_would_end_itself(
    watch: Stopwatch,
) -> None:
    trial = watch.trial()
    watch.now += STEP + SILENCE_SECONDS
    assert watch.clock.overdue() == []
    watch.now += 0.1
    assert watch.clock.overdue() == [trial]
    assert watch.clock.overdue() == []
    assert "silent" in (watch.clock.stop(trial) or "")


def test_every_report_begins_a_step(watch: Stopwatch) -> None:
    trial = watch.trial()
    for _ in range(5):
        watch.now += STEP
        assert watch.clock.start_step(trial)
    assert watch.clock.overdue() == []
    assert watch.clock.stop(trial) is None


@pytest.mark.parametrize(("took", "missed"), [(89.0, False), (91.0, True)])
def test_a_process_that_died_at_its_deadline_was_ended_by_its_own_watchdog(
    watch: Stopwatch, took: float, missed: bool
) -> None:
    trial = watch.trial()
    watch.now += took
    assert (watch.clock.stop(trial) is not None) == missed


def test_a_trial_has_its_seconds_however_many_reports_it_makes(watch: Stopwatch) -> None:
    trial, other = watch.trial(seconds_left=30), watch.trial()
    for _ in range(3):
        watch.now += 10.0
        watch.clock.start_step(trial)
    assert watch.clock.overdue() == []
    watch.now += 0.1
    assert watch.clock.overdue() == [trial]
    assert "seconds are spent" in (watch.clock.stop(trial) or "")
    assert watch.clock.stop(other) is None


def test_waiting_for_a_device_is_none_of_a_trials_own_seconds(watch: Stopwatch) -> None:
    trial = watch.trial(seconds_left=30)
    for _ in range(10):
        watch.now += 10.0
        watch.clock.start_step(trial)
        watch.clock.forgive(trial)
    assert watch.clock.overdue() == []
    watch.now += 30.1
    assert watch.clock.overdue() == [trial]


def test_a_trial_that_was_let_go_is_not_watched(watch: Stopwatch) -> None:
    trial = watch.trial()
    watch.clock.stop(trial)
    watch.now += 10 * STEP
    assert not watch.clock.start_step(trial), "reported on its way out"
    assert watch.clock.overdue() == []
