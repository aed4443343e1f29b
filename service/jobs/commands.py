"""What people ask of a job. They write `desired`; a job in nobody's hands follows at once."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.db.tables import JobRow
from service.errors import Conflict, NotFound
from service.jobs.moves import move_job, queue_again
from service.lifecycle import OWNED, TERMINAL, Desired, JobReason, JobState
from service.trials.extras import has_left


def lock_job(session: Session, job_id: str, team: str | None = None) -> JobRow:
    """A job, locked until the transaction ends; of one team when `team` is given.

    Raises:
        NotFound: there is none, or it is another team's.
    """
    query = select(JobRow).where(JobRow.id == job_id)
    if team is not None:
        query = query.where(JobRow.team == team)
    job = session.scalar(query.with_for_update())
    if job is None:
        raise NotFound("there is no such job")
    return job


def cancel(session: Session, job: JobRow, at: datetime) -> None:
    """Cancel a locked job. Its runner, if it has one, is given time to leave.

    Raises:
        Conflict: the job has ended.
    """
    if job.state in TERMINAL:
        raise _forbidden("cancel", job)
    if job.state in OWNED:
        _want(session, job, Desired.CANCEL, at)
    else:
        move_job(session, job, JobState.CANCELLED, at, JobReason.CANCELLED)


def pause(session: Session, job: JobRow, at: datetime) -> None:
    """Pause a locked job; its trials are suspended and its place on the cluster is freed.

    Raises:
        Conflict: the job has ended, is paused already or is being cancelled.
    """
    if job.state in OWNED and job.desired != Desired.CANCEL:
        _want(session, job, Desired.PAUSE, at)
    elif job.state == JobState.QUEUED:
        move_job(session, job, JobState.PAUSED, at, JobReason.PAUSED)
    else:
        raise _forbidden("pause", job)


def resume(session: Session, job: JobRow, at: datetime) -> None:
    """Let a locked job go on that is paused or about to be.

    Raises:
        Conflict: it is neither.
    """
    if job.state in OWNED and job.desired == Desired.PAUSE:
        _want(session, job, Desired.RUN, at)
    elif job.state == JobState.PAUSED:
        job.desired = Desired.RUN.value
        move_job(session, job, JobState.QUEUED, at)
    else:
        raise _forbidden("resume", job)


def retry(session: Session, job: JobRow, at: datetime) -> None:
    """Queue a locked job that has ended once more; its recorded trials stay.

    Raises:
        Conflict: it has not ended, or its budget of trials is used up.
    """
    if job.state not in TERMINAL:
        raise _forbidden("retry", job)
    if not has_left(job):
        raise Conflict("the budget of trials is used up; enlarge it to go on", code="job_state")
    queue_again(session, job, at)


def remove(session: Session, job: JobRow) -> None:
    """Delete a locked job that has ended, with everything that belongs to it.

    Its checkpoints belong to nothing then, and are collected (`service.artifacts.collect`). Its
    Idempotency-Key is free again.

    Raises:
        Conflict: it has not ended.
    """
    if job.state not in TERMINAL:
        raise _forbidden("delete", job)
    # The database deletes what refers to the job.
    session.execute(delete(JobRow).where(JobRow.id == job.id))


def _want(session: Session, job: JobRow, desired: Desired, at: datetime) -> None:
    if job.desired != desired:
        job.desired = desired.value
        job.desired_at = at
    session.flush()


def _forbidden(command: str, job: JobRow) -> Conflict:
    cancelling = " that is being cancelled" if job.desired == Desired.CANCEL else ""
    return Conflict(f"no {command} for a {job.state} job{cancelling}", code="job_state")
