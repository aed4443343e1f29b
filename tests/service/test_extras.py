"""Baselines on record: counted apart, never on the front, each once."""

import pytest

from service.errors import Conflict
from service.front.revisions import read_front
from service.jobs.commands import lock_job, retry
from service.lifecycle import JobReason, TrialPurpose, TrialReason
from service.protocol import Reserve
from service.team.access import RunnerToken
from service.trials.recall import known_trials
from tests.factories import model, reserve, start, stop
from tests.service.invariants import Stored, violations
from tests.service.plane import Plane

NAMES = ["mobilenet_v2", "squeezenet1_1"]


@pytest.fixture
def token(plane: Plane) -> RunnerToken:
    return plane.running(baselines=NAMES, budget={"trials": 1, "wall_clock_seconds": 60})


def baseline(number: int, name: str = NAMES[0], **changes: object) -> Reserve:
    purpose = {"purpose": TrialPurpose.BASELINE, "subject": name}
    return reserve(number, **{"parameters": {}, **purpose, **changes})


def complete(plane: Plane, token: RunnerToken, made: Reserve, *values: float) -> None:
    delivered = model(plane.artifact(), *values)
    plane.record(token, made, start(made.number), stop(made.number, delivered))


def counts(plane: Plane, token: RunnerToken) -> tuple[int, ...]:
    job = plane.job(token.job_id)
    return (
        job.trials_total,
        job.trials_finished,
        job.extras_total,
        job.extras_finished,
        job.extras_left,
    )


def sound(plane: Plane) -> list[str]:
    with plane.database.read() as session:
        return violations(Stored.read(session))


def test_it_is_counted_apart_and_numbered_with_the_others(
    plane: Plane, token: RunnerToken
) -> None:
    assert counts(plane, token) == (0, 0, 0, 0, 2)
    complete(plane, token, baseline(0), 0.9, 10.0, 1.0)
    assert counts(plane, token) == (0, 0, 1, 1, 1)
    complete(plane, token, reserve(1), 0.5, 50.0, 1.0)
    with pytest.raises(Conflict, match="the budget is 1 trials"):
        plane.record(token, reserve(2))
    plane.record(token, baseline(2, NAMES[1]), start(2), stop(2, reason=TrialReason.CRASH))
    assert counts(plane, token) == (1, 1, 2, 2, 0)
    assert plane.job(token.job_id).trials_failed == 0
    assert sound(plane) == []


def test_it_is_beside_the_front_whatever_it_would_dominate(
    plane: Plane, token: RunnerToken
) -> None:
    complete(plane, token, reserve(0), 0.5, 50.0, 1.0)
    before = plane.job(token.job_id)
    complete(plane, token, baseline(1), 0.99, 1.0, 0.1)
    after = plane.job(token.job_id)
    assert (after.front_revision, after.front_size, after.hypervolume) == (
        before.front_revision,
        before.front_size,
        before.hypervolume,
    )
    with plane.database.read() as session:
        for feasible in (True, False):
            front = read_front(session, after, feasible=feasible)
            assert [found.trial_number for found in front.models] == [0]
            assert [(found.subject, found.trial_number) for found in front.baselines] == [
                (NAMES[0], 1)
            ]


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (baseline(1, "efficientnet_b0"), "no such trial"),
        (baseline(1, seed=9), "there is one already"),
        (baseline(2, NAMES[1]), "trial 1 comes next"),
    ],
)
def test_one_that_is_not_asked_for_is_refused(
    plane: Plane, token: RunnerToken, refused: Reserve, why: str
) -> None:
    plane.record(token, baseline(0))
    rows = plane.rows()
    with pytest.raises(Conflict, match=why):
        plane.record(token, refused)
    assert plane.rows() == rows


def test_two_of_one_request_are_refused_as_well(plane: Plane, token: RunnerToken) -> None:
    with pytest.raises(Conflict, match="there is one already"):
        plane.record(token, baseline(0), baseline(1))


def test_a_repetition_changes_nothing(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, baseline(0))
    rows = plane.rows()
    plane.record(token, baseline(0))
    assert plane.rows() == rows
    with pytest.raises(Conflict):
        plane.record(token, baseline(0, NAMES[1]))


def test_one_that_the_jobs_end_cancelled_may_be_made_anew(
    plane: Plane, token: RunnerToken
) -> None:
    plane.record(token, baseline(0), start(0))
    complete(plane, token, reserve(1), 0.5, 50.0, 1.0)
    plane.clock.advance(60)
    plane.finish(token, JobReason.WALL_CLOCK_SPENT)
    assert plane.trial(token.job_id).state == "cancelled"
    assert counts(plane, token) == (1, 1, 1, 1, 2)
    with plane.database.write() as session:
        retry(session, lock_job(session, token.job_id), plane.clock.time)
    again = plane.claimed()
    plane.hello(again)
    complete(plane, again, baseline(2), 0.9, 10.0, 1.0)
    assert counts(plane, again) == (1, 1, 2, 2, 1)
    assert sound(plane) == []


def test_nothing_is_left_when_the_runner_says_so(plane: Plane, token: RunnerToken) -> None:
    complete(plane, token, reserve(0), 0.5, 50.0, 1.0)
    plane.finish(token, JobReason.BUDGET_SPENT, trials=1)
    with (
        plane.database.write() as session,
        pytest.raises(Conflict, match="the budget of trials is used up"),
    ):
        retry(session, lock_job(session, token.job_id), plane.clock.time)


def test_a_restarted_runner_learns_what_it_was(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, baseline(0), start(0), reserve(1))
    with plane.database.read() as session:
        first, second = known_trials(session, plane.job(token.job_id))
    assert (first.purpose, first.subject) == (TrialPurpose.BASELINE, NAMES[0])
    assert first.architecture == baseline(0).architecture
    assert (second.purpose, second.subject, second.architecture) == ("search", None, None)


def test_it_asks_for_slots_like_any_other_trial(plane: Plane, token: RunnerToken) -> None:
    assert plane.renew(token).slots == 2, "one trial of the search and a baseline at once"
