"""A job's change of state, with everything that follows from it, in one transaction."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.db.tables import JobRow, TrialRow
from service.errors import Conflict
from service.events.journal import append_all, job_state, trial_state
from service.lifecycle import (
    OWNED,
    TERMINAL,
    TRIAL_TERMINAL,
    Desired,
    IllegalMove,
    JobReason,
    JobState,
    TrialReason,
    TrialState,
    require_job_move,
)
from service.trials.extras import end_extras

_LIVE_TRIALS = frozenset(TrialState) - TRIAL_TERMINAL


def move_job(
    session: Session,
    job: JobRow,
    state: JobState,
    at: datetime,
    reason: JobReason | None = None,
    detail: str | None = None,
) -> None:
    """Change the state of a job that the caller has locked, and flush.

    Leaving a runner's hands ends its lease and adds up its time; a terminal state ends every
    live trial. The job's own event is the last one.

    Raises:
        Conflict: the lifecycle does not hold the move.
    """
    old = JobState(job.state)
    try:
        require_job_move(old, state)
    except IllegalMove as error:
        raise Conflict(str(error), code="job_state") from None
    if old in OWNED and state not in OWNED:
        _end_lease(job, at)
    _wait_or_not(job, state, at)
    if state in TERMINAL:
        _end_live_trials(session, job, at)
    job.state = state.value
    job.reason = None if reason is None else reason.value
    job.detail = detail
    job.finished_at = at if state in TERMINAL else None
    append_all(session, job, [job_state(job)], at)
    session.flush()


def queue_again(session: Session, job: JobRow, at: datetime) -> None:
    """Put a locked job that has ended back into the queue, as if it had never crashed."""
    job.epoch += 1
    job.crashes = 0
    job.desired = Desired.RUN.value
    move_job(session, job, JobState.QUEUED, at)


def seconds_run(job: JobRow, at: datetime) -> float:
    """Seconds that the job's runners have had, the current one included."""
    if job.running_since is None:
        return job.wall_clock_used
    return job.wall_clock_used + max(0.0, (at - job.running_since).total_seconds())


def _end_lease(job: JobRow, at: datetime) -> None:
    job.wall_clock_used = seconds_run(job, at)
    job.running_since = None
    job.lease_until = None
    job.desired_at = None
    job.slots = 0


def _wait_or_not(job: JobRow, state: JobState, at: datetime) -> None:
    """A queued job waits for slots; one that rests loses what it had gained by waiting."""
    if state is JobState.QUEUED:
        job.waiting_since = job.waiting_since or at
    elif state not in OWNED:
        job.waiting_since, job.boost = None, 0


def _end_live_trials(session: Session, job: JobRow, at: datetime) -> None:
    state, reason = TrialState.CANCELLED, TrialReason.CANCELLED
    ended = session.execute(
        update(TrialRow)
        .where(TrialRow.job_id == job.id, TrialRow.state.in_(_LIVE_TRIALS))
        .values(state=state.value, reason=reason.value, finished_at=at)
        .returning(TrialRow.number, TrialRow.attempts, TrialRow.values, TrialRow.subject)
        .execution_options(synchronize_session=False)
    ).all()
    extras = sum(subject is not None for *_, subject in ended)
    job.trials_finished += len(ended) - extras
    end_extras(job, extras, cancelled=True)
    events = [
        trial_state(number, state, reason, attempts, values)
        for number, attempts, values, _ in sorted(ended, key=lambda trial: trial.number)
    ]
    append_all(session, job, events, at)
