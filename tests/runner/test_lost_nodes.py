"""Trials whose machine is lost: they go on elsewhere, from what they have kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from ray.core.generated.common_pb2 import ActorDiedErrorContext, NodeDeathInfo
from ray.exceptions import (
    ActorDiedError,
    ActorUnavailableError,
    NodeDiedError,
    OutOfMemoryError,
    RayTaskError,
)
from ray.train._internal import storage
from ray.tune.experiment import Trial

from service.protocol import Stop, TrialReason
from tests.runner.builders import Desk, job_spec, orders, report
from workers.assignment import Assignment
from workers.release import OtherRelease
from workers.search.deaths import as_tune_knows_it
from workers.search.search import LOST_NODES, Nothing
from workers.search.tune_run import Decide, NodeUnfit, StepClock

KEPT = "c" * 64


@pytest.fixture
def desk() -> Desk:
    return Desk(job_spec(early_stopping={"name": "none"}))


def reported(
    desk: Desk, assignment: Assignment, epoch: int, checkpoint: str | None = None
) -> None:
    number, attempt = assignment.number, assignment.attempt
    desk.search.receive([report(number, epoch, 0.5, attempt=attempt, checkpoint=checkpoint)])


def lose(desk: Desk, assignment: Assignment) -> None:
    desk.search.lose(assignment.number, assignment.attempt, TrialReason.NODE_LOST, "a node died")


def ends(desk: Desk) -> list[tuple[int, int, TrialReason]]:
    stops = [record for record in desk.recording.records if isinstance(record, Stop)]
    return [(stop.number, stop.attempt, stop.reason) for stop in stops]


def test_a_lost_trial_goes_before_any_new_one_and_on_from_its_checkpoint(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    reported(desk, first, 1, KEPT)
    reported(desk, first, 2)
    lose(desk, first)
    assert ends(desk) == [(0, 1, TrialReason.NODE_LOST)]
    again = desk.begin()
    assert (again.number, again.attempt, again.seed) == (0, 2, first.seed)
    assert again.resume is not None
    assert (again.resume.training_epoch, again.resume.checkpoint) == (1, KEPT)


def test_a_trial_that_had_not_begun_is_handed_out_as_it_was(desk: Desk) -> None:
    waiting = desk.hand_out()
    lose(desk, waiting)
    assert ends(desk) == []
    assert desk.begin() == waiting


def test_a_trial_that_takes_machine_after_machine_down_fails(desk: Desk) -> None:
    for _ in range(LOST_NODES):
        lose(desk, desk.begin())
    assert ends(desk)[-1] == (0, LOST_NODES, TrialReason.CRASH)
    assert desk.begin().number == 1


def test_a_trial_that_gets_on_may_lose_any_number_of_machines(desk: Desk) -> None:
    for epoch in range(1, 2 * LOST_NODES):
        assignment = desk.begin()
        assert assignment.attempt == epoch
        reported(desk, assignment, epoch, KEPT)
        lose(desk, assignment)
    assert {reason for *_, reason in ends(desk)} == {TrialReason.NODE_LOST}


def test_a_lost_trial_waits_for_a_slot(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    lose(desk, first)
    assert desk.search.next() is Nothing.NOW
    desk.orders = orders(slots=2)
    assert desk.begin().number == 0


def test_a_report_held_back_is_recorded_once(desk: Desk) -> None:
    first, _ = desk.begin(), desk.begin()
    desk.orders = orders(slots=1)
    reported(desk, first, 1)
    lose(desk, first)
    desk.orders = orders(slots=2)
    again = desk.begin()
    assert again.resume is None
    lose(desk, again)
    told = [(r.number, r.attempt) for r in desk.recording.records if r.kind == "report"]
    assert told == [(0, 1)]


Fail = Callable[[Assignment, Exception], None]


@pytest.fixture
def fail(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Does what Tune does when Ray raises an error for a trial."""
    # Ray need not run for Tune to have a place of its own, which is not where results go.
    place = str(tmp_path / "session")
    monkeypatch.setattr(storage, "_get_ray_train_session_dir", lambda: place)

    def fail(assignment: Assignment, error: Exception) -> None:
        config = {"number": assignment.number, "attempt": assignment.attempt, "seconds_left": None}
        kept = storage.StorageContext(str(tmp_path / "results"), "job", trial_dir_name="trial")
        trial = Trial("TrialProcess", config=config, stub=True, storage=kept)
        trial.init_local_path()
        trial.handle_error(as_tune_knows_it(error))
        Decide(desk.search, StepClock(60.0)).on_trial_error(None, trial)

    return fail


def died(why: str, *, preempted: bool = False) -> ActorDiedError:
    cause = ActorDiedErrorContext(actor_id=b"a" * 16, error_message=why)
    if preempted:
        cause.node_death_info.reason = NodeDeathInfo.AUTOSCALER_DRAIN_PREEMPTED
    return ActorDiedError(cause=cause)


@pytest.mark.parametrize(
    "error",
    [
        died("The actor died because its node has died. Node Id: 7a45"),
        died("It was terminated.", preempted=True),
        ActorUnavailableError("no answer", b"a" * 16),
        NodeDiedError("its node has died"),
    ],
    ids=["node died", "node taken away", "out of reach", "node died, by another name"],
)
def test_what_ray_raises_of_a_lost_machine_is_charged_to_no_trial(
    desk: Desk, fail: Fail, error: Exception
) -> None:
    fail(desk.begin(), error)
    assert ends(desk) == [(0, 1, TrialReason.NODE_LOST)]
    assert desk.begin().attempt == 2


def test_a_machine_that_cannot_run_trials_ends_the_run_and_is_charged_to_none(
    desk: Desk, fail: Fail
) -> None:
    why = RayTaskError("TrialProcess.__init__", "OtherRelease: install the same", OtherRelease())
    with pytest.raises(NodeUnfit, match="install the same"):
        fail(desk.hand_out(), ActorDiedError(cause=why))
    assert ends(desk) == []


def test_a_process_that_dies_on_a_machine_that_lives_is_a_crash(desk: Desk, fail: Fail) -> None:
    why = "The worker process has died with exit code 139."
    fail(desk.begin(), died(why))
    assert ends(desk) == [(0, 1, TrialReason.CRASH)]
    (stop,) = (record for record in desk.recording.records if isinstance(record, Stop))
    assert why in (stop.detail or "")


def test_a_process_that_ray_killed_for_memory_ends_its_trial_alone(desk: Desk, fail: Fail) -> None:
    fail(desk.begin(), OutOfMemoryError("the node is running low on memory"))
    assert ends(desk) == [(0, 1, TrialReason.OUT_OF_MEMORY)]
    assert desk.begin().number == 1
