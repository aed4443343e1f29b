from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from service.db.tables import JobRow
from service.errors import Conflict, NotFound
from service.jobs import commands
from service.lifecycle import Desired, JobReason, JobState
from service.team.access import RunnerToken
from tests.factories import reserve, start
from tests.service.plane import Plane

Command = Callable[[Session, JobRow, datetime], None]


def ask(plane: Plane, command: Command, job_id: str) -> JobRow:
    with plane.database.write() as session:
        command(session, commands.lock_job(session, job_id), plane.clock.time)
    return plane.job(job_id)


def in_state(plane: Plane, state: JobState, desired: Desired = Desired.RUN) -> str:
    """A job that came to a state as jobs do."""
    job_id = plane.post()
    if state is JobState.QUEUED:
        return job_id
    if state is JobState.PAUSED:
        return ask(plane, commands.pause, job_id).id
    token = plane.claimed()
    if state is not JobState.STARTING:
        plane.hello(token)
    if state is JobState.SUCCEEDED:
        plane.finish(token, JobReason.BUDGET_SPENT)
    if state is JobState.FAILED:
        plane.finish(token, JobReason.RUNNER_ERROR)
    if state is JobState.CANCELLED:
        ask(plane, commands.cancel, job_id)
        plane.finish(token, JobReason.CANCELLED)
    if desired is Desired.PAUSE:
        ask(plane, commands.pause, job_id)
    if desired is Desired.CANCEL:
        ask(plane, commands.cancel, job_id)
    return job_id


RUN, PAUSE, CANCEL = Desired
Q, ST, R, P, S, F, C = JobState


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        (commands.cancel, (Q, RUN), (C, RUN)),
        (commands.cancel, (P, RUN), (C, RUN)),
        (commands.cancel, (ST, RUN), (ST, CANCEL)),
        (commands.cancel, (R, RUN), (R, CANCEL)),
        (commands.cancel, (R, PAUSE), (R, CANCEL)),
        (commands.cancel, (R, CANCEL), (R, CANCEL)),
        (commands.pause, (Q, RUN), (P, RUN)),
        (commands.pause, (ST, RUN), (ST, PAUSE)),
        (commands.pause, (R, RUN), (R, PAUSE)),
        (commands.pause, (R, PAUSE), (R, PAUSE)),
        (commands.resume, (P, RUN), (Q, RUN)),
        (commands.resume, (R, PAUSE), (R, RUN)),
        (commands.retry, (F, RUN), (Q, RUN)),
        (commands.retry, (C, RUN), (Q, RUN)),
    ],
)
def test_a_command_moves_free_jobs_and_tells_the_owners_of_others(
    plane: Plane,
    command: Command,
    before: tuple[JobState, Desired],
    after: tuple[JobState, Desired],
) -> None:
    job = ask(plane, command, in_state(plane, *before))
    assert (job.state, job.desired) == after


def test_a_command_that_the_state_forbids_changes_nothing(
    plane: Plane, subtests: pytest.Subtests
) -> None:
    for command, state, desired in [
        *((commands.cancel, state, RUN) for state in (S, F, C)),
        *((commands.pause, state, RUN) for state in (P, S, F, C)),
        (commands.pause, R, CANCEL),
        *((commands.resume, state, RUN) for state in (ST, R, S, F, C)),
        (commands.resume, R, CANCEL),
        *((commands.retry, state, RUN) for state in (ST, R, P)),
        # Last: a queued job would be the next that the others claim.
        (commands.resume, Q, RUN),
        (commands.retry, Q, RUN),
    ]:
        job_id = in_state(plane, state, desired)
        told = plane.rows()
        with subtests.test(f"{command.__name__}, {state}, {desired}"):
            with pytest.raises(Conflict) as refusal:
                ask(plane, command, job_id)
            assert refusal.value.code == "job_state"
            assert plane.rows() == told


@pytest.mark.parametrize(
    ("desired", "said", "state"),
    [
        (PAUSE, JobReason.PAUSED, P),
        (CANCEL, JobReason.CANCELLED, C),
        # What people want by then counts, not what the runner heard last.
        (CANCEL, JobReason.PAUSED, C),
        (RUN, JobReason.PAUSED, Q),
        (PAUSE, JobReason.INTERRUPTED, P),
        (CANCEL, JobReason.INTERRUPTED, C),
        # The job ended before it heard.
        (CANCEL, JobReason.BUDGET_SPENT, S),
    ],
)
def test_a_runner_leaves_as_people_want(
    plane: Plane, desired: Desired, said: JobReason, state: JobState
) -> None:
    token = plane.running()
    if desired is not RUN:
        command = commands.pause if desired is PAUSE else commands.cancel
        ask(plane, command, token.job_id)
    plane.finish(token, said)
    assert plane.job(token.job_id).state == state


@pytest.mark.parametrize(
    ("command", "state"), [(commands.pause, P), (commands.cancel, C)], ids=["pause", "cancel"]
)
def test_a_runner_lost_while_leaving_needs_no_other(
    plane: Plane, command: Command, state: JobState
) -> None:
    token = plane.running()
    ask(plane, command, token.job_id)
    plane.lost(token)
    assert plane.job(token.job_id).state == state


def test_a_cancelled_job_cancels_its_trials(plane: Plane) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0), reserve(1))
    ask(plane, commands.cancel, token.job_id)
    plane.finish(token, JobReason.CANCELLED)
    assert {trial.state for trial in plane.trials(token.job_id)} == {"cancelled"}


def test_a_retry_goes_on_where_the_job_stopped(plane: Plane) -> None:
    token = plane.running(budget={"trials": 3})
    plane.record(token, reserve(0), start(0))
    plane.finish(token, JobReason.RUNNER_ERROR)
    assert ask(plane, commands.retry, token.job_id).epoch == token.epoch + 1
    again = plane.claimed()
    plane.hello(again)
    plane.record(again, reserve(1))
    job = plane.job(token.job_id)
    assert (job.trials_total, job.trials_finished, job.crashes) == (2, 1, 0)
    assert (job.finished_at, job.reason) == (None, None)


def test_a_job_without_budget_left_cannot_be_retried(plane: Plane) -> None:
    token = plane.running(budget={"trials": 1})
    plane.record(token, reserve(0))
    plane.finish(token, JobReason.BUDGET_SPENT)
    with pytest.raises(Conflict, match="budget"):
        ask(plane, commands.retry, token.job_id)


def test_another_teams_job_is_absent(plane: Plane) -> None:
    token: RunnerToken = plane.running()
    with plane.database.write() as session, pytest.raises(NotFound):
        commands.lock_job(session, token.job_id, team="others")
    with plane.database.write() as session:
        assert commands.lock_job(session, token.job_id, team="default").id == token.job_id
