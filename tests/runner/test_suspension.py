"""Trials that are suspended without losing work, and handed out again."""

from collections.abc import Callable

import pytest

from service.protocol import (
    Desired,
    JobReason,
    Measure,
    Record,
    Report,
    Start,
    Stop,
    TrialReason,
)
from tests.runner.builders import (
    LATENCY,
    VALUES,
    Desk,
    job_spec,
    known_trial,
    orders,
    report,
    stop,
)
from workers.assignment import Assignment
from workers.search.search import Decision, Nothing

KEPT = "c" * 64


@pytest.fixture
def desk() -> Desk:
    return Desk(job_spec(early_stopping={"name": "none"}))


def reported(desk: Desk, assignment: Assignment, epoch: int, **changes: object) -> Decision:
    attempt = assignment.attempt
    return desk.search.receive([report(assignment.number, epoch, 0.5, attempt=attempt, **changes)])


def told(desk: Desk) -> list[str]:
    """Kind, number and attempt of each record, in order."""
    return [
        f"{r.kind} {r.number}" if r.kind == "reserve" else f"{r.kind} {r.number}.{r.attempt}"
        for r in desk.recording.records
    ]


def reasons(desk: Desk) -> list[tuple[int, TrialReason]]:
    return [(r.number, r.reason) for r in desk.recording.records if isinstance(r, Stop)]


def test_a_trial_too_many_is_kept_before_its_report_is_recorded_and_suspended(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    assert reported(desk, first, 1) is Decision.KEEP
    assert "report 0.1" not in told(desk)

    assert reported(desk, first, 1, checkpoint=KEPT) is Decision.RELEASE
    assert told(desk)[-2:] == ["report 0.1", "stop 0.1"]
    assert reasons(desk) == [(0, TrialReason.PREEMPTED)]


def test_a_report_that_carries_its_state_suspends_at_once(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    assert reported(desk, first, 1, checkpoint=KEPT) is Decision.RELEASE


def test_only_as_many_are_suspended_as_are_too_many(desk: Desk) -> None:
    desk.orders = orders(slots=3)
    first, second, third = desk.begin(), desk.begin(), desk.begin()
    desk.orders = orders(slots=2)
    assert reported(desk, first, 1) is Decision.KEEP
    assert reported(desk, second, 1) is Decision.GO_ON, "the first is leaving"
    assert reported(desk, first, 1, checkpoint=KEPT) is Decision.RELEASE
    assert reported(desk, third, 1) is Decision.GO_ON


def test_slots_that_come_back_in_time_keep_the_trial_going(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    assert reported(desk, first, 1) is Decision.KEEP
    desk.orders = orders(slots=2)
    assert reported(desk, first, 1, checkpoint=KEPT) is Decision.GO_ON
    assert told(desk).count("report 0.1") == 1
    assert reasons(desk) == []


def test_a_suspended_trial_goes_first_and_on_from_the_very_epoch(desk: Desk) -> None:
    first, second = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    reported(desk, second, 1)
    reported(desk, second, 1, checkpoint=KEPT)
    assert desk.search.next() is Nothing.NOW

    desk.orders = orders(slots=2)
    again = desk.begin()
    assert (again.number, again.attempt) == (second.number, 2)
    assert again.resume is not None
    assert (again.resume.training_epoch, again.resume.checkpoint) == (1, KEPT)
    assert again.architecture == second.architecture
    assert told(desk)[-1] == "start 1.2"
    assert reported(desk, again, 2) is Decision.GO_ON
    desk.search.receive([stop(first.number, VALUES)])
    assert desk.hand_out().number == 2, "no number is lost or doubled"


def test_a_trial_that_has_only_measured_loses_nothing(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    measure = Measure(number=0, attempt=1, values={"params": 1.0}, latency=LATENCY)
    assert desk.search.receive([measure]) is Decision.RELEASE

    desk.orders = orders(slots=2)
    again = desk.hand_out()
    assert (again.number, again.resume, again.latency) == (first.number, None, LATENCY)


def test_a_trial_that_ends_anyway_is_not_suspended(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    ending = [report(0, 6, 0.5), stop(first.number, VALUES)]
    assert desk.search.receive(ending) is Decision.RELEASE
    assert told(desk)[-2:] == ["report 0.1", "stop 0.1"]
    assert reasons(desk) == [(0, TrialReason.FINISHED)]


def test_a_trial_that_dies_while_it_is_kept_has_its_report_recorded(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    reported(desk, first, 1)
    desk.search.lose(0, 1, TrialReason.CRASH, "killed")
    assert told(desk)[-2:] == ["report 0.1", "stop 0.1"]
    assert reasons(desk) == [(0, TrialReason.CRASH)]


def test_early_stopping_comes_before_suspension_and_once() -> None:
    desk = Desk(job_spec())
    desk.orders = orders(slots=3, trials=8)
    values = {"params": 100.0, "latency_ms": 1.0}
    for accuracy in (0.9, 0.5):
        number = desk.begin().number
        desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
        desk.orders = orders(slots=1, trials=8) if number else desk.orders
        decision = desk.search.receive([report(number, 1, accuracy)])
    assert decision is Decision.RELEASE
    assert reasons(desk) == [(1, TrialReason.EARLY_STOPPED)]
    assert told(desk)[-2:] == ["report 1.1", "stop 1.1"]


def test_what_is_reported_again_is_not_compared_again() -> None:
    desk = Desk(job_spec())
    desk.orders = orders(slots=4, trials=8)
    values = {"params": 100.0, "latency_ms": 1.0}
    numbers = [desk.begin().number for _ in range(4)]
    for number in numbers:
        desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
    desk.orders = orders(slots=3, trials=8)
    assert desk.search.receive([report(0, 1, 0.5)]) is Decision.KEEP, "nobody is better yet"
    for number in numbers[1:]:
        desk.search.receive([report(number, 1, 0.9)])
    assert desk.search.receive([report(0, 1, 0.5, checkpoint=KEPT)]) is Decision.RELEASE
    assert (0, TrialReason.PREEMPTED) in reasons(desk)


class TestPausing:
    def test_nothing_new_is_handed_out_and_every_trial_is_suspended(self, desk: Desk) -> None:
        first, second = desk.begin(), desk.begin()
        desk.orders = orders(desired=Desired.PAUSE)
        assert desk.search.next() is Nothing.NOW
        for assignment in (second, first):
            assert reported(desk, assignment, 1) is Decision.KEEP
        assert reported(desk, second, 1, checkpoint=KEPT) is Decision.RELEASE
        assert not desk.search.at_rest()
        assert reported(desk, first, 1, checkpoint=KEPT) is Decision.STOP, "the run ends anyway"

        assert reasons(desk) == [(1, TrialReason.PAUSED), (0, TrialReason.PAUSED)]
        assert desk.search.next() is Nothing.WITHOUT_SLOTS
        assert desk.search.at_rest()
        assert desk.search.outcome() is JobReason.PAUSED

    def test_a_resume_in_the_meantime_goes_on_without_a_restart(self, desk: Desk) -> None:
        first, second = desk.begin(), desk.begin()
        desk.orders = orders(desired=Desired.PAUSE)
        reported(desk, first, 1)
        reported(desk, first, 1, checkpoint=KEPT)
        desk.orders = orders()
        assert reported(desk, second, 1) is Decision.GO_ON
        assert (desk.hand_out().number, desk.search.outcome()) == (0, None)

    def test_what_is_suspended_is_handed_out_in_order(self, desk: Desk) -> None:
        first, second = desk.begin(), desk.begin()
        desk.orders = orders(desired=Desired.PAUSE)
        for assignment in (second, first):
            reported(desk, assignment, 1, checkpoint=KEPT)
        desk.orders = orders()
        assert [desk.hand_out().number for _ in range(2)] == [0, 1]

    def test_the_last_trial_of_the_budget_is_suspended_too(self, desk: Desk) -> None:
        desk.orders = orders(trials=1)
        only = desk.begin()
        desk.orders = orders(trials=1, desired=Desired.PAUSE)
        reported(desk, only, 1)
        reported(desk, only, 1, checkpoint=KEPT)
        assert desk.search.outcome() is JobReason.PAUSED

    def test_a_job_that_is_over_is_not_paused(self, desk: Desk) -> None:
        desk.orders = orders(trials=1)
        desk.search.receive([stop(desk.begin().number, VALUES)])
        desk.orders = orders(trials=1, desired=Desired.PAUSE)
        assert desk.search.next() is Nothing.MORE
        assert desk.search.outcome() is JobReason.BUDGET_SPENT


class TestWithoutSlots:
    def test_what_has_not_begun_is_taken_back_and_handed_out_as_it_was(self, desk: Desk) -> None:
        waiting = desk.hand_out()
        desk.orders = orders(slots=0)
        assert desk.search.at_rest()
        assert desk.search.next() is Nothing.WITHOUT_SLOTS
        assert (desk.search.may_go_on(), desk.search.outcome()) == (False, None)

        desk.search.begin(waiting.number, waiting.attempt)
        assert told(desk) == ["reserve 0"], "it came up too late"
        desk.orders = orders(slots=1)
        assert desk.search.may_go_on()
        assert desk.hand_out() == waiting

    def test_what_has_begun_is_waited_for(self, desk: Desk) -> None:
        desk.begin()
        desk.orders = orders(slots=0)
        assert not desk.search.at_rest()

    def test_with_slots_the_run_goes_on(self, desk: Desk) -> None:
        assert not desk.search.at_rest()


def test_an_interrupted_runner_suspends_whatever_the_orders(desk: Desk) -> None:
    first = desk.begin()
    desk.search.interrupt()
    assert desk.search.next() is Nothing.NOW
    assert reported(desk, first, 1) is Decision.KEEP
    reported(desk, first, 1, checkpoint=KEPT)
    assert reasons(desk) == [(0, TrialReason.INTERRUPTED)]
    assert desk.search.outcome() is JobReason.INTERRUPTED


def test_abandoning_leaves_what_has_not_begun_as_it_is_on_record(desk: Desk) -> None:
    begun, _ = desk.begin(), desk.hand_out()
    desk.orders = orders(slots=1)
    reported(desk, begun, 1)
    desk.search.abandon(TrialReason.PAUSED)
    assert told(desk)[-2:] == ["report 0.1", "stop 0.1"]
    assert reasons(desk) == [(0, TrialReason.PAUSED)]


def late_begin(desk: Desk) -> None:
    desk.search.begin(0, 1)


def late_loss(desk: Desk) -> None:
    desk.search.lose(0, 1, TrialReason.CRASH, "killed")


def late_report(desk: Desk) -> None:
    assert desk.search.receive([report(0, 2, 0.5)]) is Decision.STOP


@pytest.mark.parametrize("late", [late_begin, late_loss, late_report])
def test_a_word_of_an_earlier_attempt_changes_nothing(
    desk: Desk, late: Callable[[Desk], None]
) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    reported(desk, first, 1)
    reported(desk, first, 1, checkpoint=KEPT)
    desk.orders = orders(slots=2)
    assert desk.begin().attempt == 2
    before: list[Record] = list(desk.recording.records)
    late(desk)
    assert desk.recording.records == before


def test_a_later_attempt_that_dies_before_it_began_is_recorded_in_order(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    reported(desk, first, 1)
    reported(desk, first, 1, checkpoint=KEPT)
    desk.orders = orders(slots=2)
    desk.hand_out()
    desk.search.lose(0, 2, TrialReason.CRASH, "no actor")
    last: list[Record] = desk.recording.records[-2:]
    assert isinstance(last[0], Start)
    assert told(desk)[-2:] == ["start 0.2", "stop 0.2"]


def test_a_process_is_let_go_when_no_trial_is_left_for_it(desk: Desk) -> None:
    desk.orders = orders(trials=2)
    desk.begin(), desk.begin()
    assert desk.search.receive([stop(0, VALUES)]) is Decision.RELEASE
    assert desk.search.receive([stop(1, VALUES)]) is Decision.STOP, "the run ends with it"


def test_a_process_is_kept_for_a_trial_that_has_none_yet(desk: Desk) -> None:
    """Its own would take seconds to start."""
    desk.orders = orders(trials=2)
    desk.begin(), desk.hand_out()
    assert desk.search.receive([stop(0, VALUES)]) is Decision.STOP


def test_a_process_is_kept_for_the_next_trial(desk: Desk) -> None:
    desk.begin(), desk.begin()
    assert desk.search.receive([stop(0, VALUES)]) is Decision.STOP


def test_a_trial_has_its_seconds_less_those_of_the_training_epochs_that_were_kept() -> None:
    spec = job_spec(early_stopping={"name": "none"}, budget={"trial_seconds": 60.0})
    desk = Desk(spec)
    desk.orders = orders(slots=1)
    first = desk.begin()
    assert first.seconds_left == 60.0
    reported(desk, first, 1, seconds=10.0)
    reported(desk, first, 2, seconds=11.0, checkpoint=KEPT)
    reported(desk, first, 3, seconds=12.0)
    reports = tuple(r for r in desk.recording.records if isinstance(r, Report))

    restarted = Desk(spec, (known_trial(desk, reports=reports),))
    again = restarted.begin()
    assert again.seconds_left == 39.0
    restarted.orders = orders(slots=0)
    reported(restarted, again, 3, seconds=5.0, checkpoint=KEPT)
    restarted.orders = orders(slots=1)
    assert restarted.hand_out().seconds_left == 34.0

    desk.orders = orders(slots=0)
    reported(desk, first, 4, seconds=13.0)
    reported(desk, first, 4, seconds=13.0, checkpoint=KEPT)
    desk.orders = orders(slots=1)
    assert desk.hand_out().seconds_left == 14.0


def test_reports_are_recorded_once_each(desk: Desk) -> None:
    desk.orders = orders(slots=1)
    only = desk.begin()
    for epoch in range(1, 6):
        desk.orders = orders(slots=0)
        assert reported(desk, only, epoch) is Decision.KEEP
        assert reported(desk, only, epoch, checkpoint=KEPT) is Decision.STOP
        desk.orders = orders(slots=1)
        only = desk.begin()
    found = [r.training_epoch for r in desk.recording.records if isinstance(r, Report)]
    assert found == [1, 2, 3, 4, 5]
    assert only.attempt == 6


def test_a_runner_that_is_to_give_way_leaves_once_nothing_is_under_way(desk: Desk) -> None:
    assignment = desk.begin()
    desk.orders = orders(slots=0, give_way=True)
    assert reported(desk, assignment, 1) is Decision.KEEP
    desk.search.receive([report(0, 1, 0.5, attempt=1, checkpoint=KEPT)])
    assert desk.search.next() is Nothing.WITHOUT_SLOTS
    assert desk.search.outcome() is JobReason.INTERRUPTED
    desk.orders = orders(slots=0)
    assert desk.search.outcome() is None


def test_a_trial_that_waits_for_its_device_is_suspended_where_there_are_no_slots(
    desk: Desk,
) -> None:
    first, _ = desk.begin(), desk.begin()
    assert desk.search.wait(first.number, first.attempt) is Decision.GO_ON
    desk.orders = orders(slots=1)
    assert desk.search.wait(first.number, first.attempt) is Decision.RELEASE
    assert reasons(desk) == [(0, TrialReason.PREEMPTED)]
    assert desk.search.wait(first.number, first.attempt) is Decision.STOP
