"""How much work jobs have left, told from their own past or from that of their likes."""

from collections.abc import Collection
from datetime import datetime
from statistics import median

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, load_only

from service.db.tables import JobRow
from service.jobs.moves import seconds_run

RECENT = 20
"""Jobs that tell how long others of their data set take."""

_EPOCHS = JobRow.spec["budget"]["training_epochs"].as_integer()
_READ = load_only(
    JobRow.id,
    JobRow.dataset_key,
    JobRow.budget_trials,
    JobRow.trials_finished,
    JobRow.extras_left,
    JobRow.concurrency,
    JobRow.running_since,
    JobRow.wall_clock_used,
)


def work_left(session: Session, job_ids: Collection[str], at: datetime) -> dict[str, float]:
    """Slot-seconds that each job has still to work; jobs that nothing tells of are left out."""
    paces = recent_paces(session, at)
    found = {}
    for job, epochs in session.execute(_past(JobRow.id.in_(job_ids))):
        pace = _pace(job, epochs, at) or paces.get(job.dataset_key)
        if pace is not None:
            left = job.budget_trials - job.trials_finished + job.extras_left
            found[job.id] = pace * epochs * left
    return found


def recent_paces(session: Session, at: datetime) -> dict[str, float]:
    """Slot-seconds that one training epoch took in the jobs that began last and tell, by data set."""
    past = _past(JobRow.started_at <= at, JobRow.trials_finished > 0)
    query = past.order_by(JobRow.started_at.desc()).limit(RECENT)
    paces: dict[str, list[float]] = {}
    for job, epochs in session.execute(query):
        pace = _pace(job, epochs, at)
        if pace is not None:
            paces.setdefault(job.dataset_key, []).append(pace)
    return {key: median(found) for key, found in paces.items()}


def _past(*conditions: ColumnElement[bool]) -> Select[JobRow, int]:
    return select(JobRow, _EPOCHS).options(_READ).where(*conditions)


def _pace(job: JobRow, training_epochs: int, at: datetime) -> float | None:
    """Slot-seconds that a training epoch of one of the job's trials takes; None before any ended."""
    seconds = seconds_run(job, at)
    if not job.trials_finished or seconds <= 0:
        return None
    trials_at_once = min(job.concurrency, job.budget_trials)
    return seconds * trials_at_once / (job.trials_finished * training_epochs)


def seconds_left(job: JobRow, at: datetime) -> float | None:
    """How long a job goes on if its trials go on ending as they have; None where none has ended.

    Its pace tells of the slots that it has had; its wall clock may end it before.
    """
    seconds = seconds_run(job, at)
    if not job.trials_finished or seconds <= 0:
        return None
    left = max(0, job.budget_trials - job.trials_finished) + job.extras_left
    ended = job.trials_finished + job.extras_finished
    needed = left * seconds / ended
    if job.wall_clock_seconds is None:
        return needed
    return min(needed, max(0.0, job.wall_clock_seconds - seconds))
