"""What a person may change of a job: its priority, its tags, and a budget that only grows."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from searchspace.architecture import Frozen
from searchspace.errors import Problem
from searchspace.spec import Positive, Priority, Tags, Trials
from service.db.tables import JobRow, JobTagRow
from service.errors import Unprocessable
from service.jobs.moves import queue_again
from service.lifecycle import JobState
from service.trials.extras import expect_retrainings, has_left


class BudgetChange(Frozen):
    """What is left out stays as it is; `wall_clock_seconds: null` lifts the limit."""

    trials: Trials | None = None
    wall_clock_seconds: Positive | None = None


class JobChange(Frozen):
    """What is left out or null stays as it is; `tags` replaces all of them."""

    priority: Priority | None = None
    budget: BudgetChange = BudgetChange()
    tags: Tags | None = None


def change(session: Session, job: JobRow, wanted: JobChange, at: datetime) -> None:
    """Change a locked job; a running one's runner hears of it with its next orders.

    A job that has succeeded and is given more goes back to the queue, and on where it stopped.
    One that has failed or was cancelled waits for a retry.

    Raises:
        Unprocessable: `budget_shrinks`: the budget would be smaller than it is.
    """
    if wanted.priority is not None:
        job.priority = wanted.priority
    if wanted.tags is not None:
        _replace_tags(session, job, wanted.tags)
    grown = _grow(job, wanted.budget)
    if grown and job.state == JobState.SUCCEEDED and _has_left(job):
        queue_again(session, job, at)
    session.flush()


def _replace_tags(session: Session, job: JobRow, tags: Tags) -> None:
    session.execute(delete(JobTagRow).where(JobTagRow.job_id == job.id))
    session.add_all(JobTagRow(job_id=job.id, key=key, value=value) for key, value in tags.items())
    job.tags = tags


def _grow(job: JobRow, budget: BudgetChange) -> bool:
    """Give the job its new budget; whether it is larger than before."""
    old = job.budget_trials, job.wall_clock_seconds
    trials = job.budget_trials if budget.trials is None else budget.trials
    named = "wall_clock_seconds" in budget.model_fields_set
    seconds = budget.wall_clock_seconds if named else job.wall_clock_seconds
    if trials < job.budget_trials:
        raise _shrinks("trials", job.budget_trials)
    if _endless(seconds) < _endless(job.wall_clock_seconds):
        raise _shrinks("wall_clock_seconds", job.wall_clock_seconds)
    if trials > job.budget_trials:
        expect_retrainings(job)
    job.budget_trials, job.wall_clock_seconds = trials, seconds
    return old != (trials, seconds)


def _endless(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds


def _has_left(job: JobRow) -> bool:
    seconds_left = _endless(job.wall_clock_seconds) - job.wall_clock_used
    return has_left(job) and seconds_left > 0


def _shrinks(field: str, now: float | None) -> Unprocessable:
    message = f"a budget only grows; it is {'without limit' if now is None else f'{now:g}'} now"
    return Unprocessable(
        f"budget.{field}: {message}",
        code="budget_shrinks",
        problems=[Problem(f"/budget/{field}", message)],
    )
