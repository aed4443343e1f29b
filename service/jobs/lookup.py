"""What a team can read: every question of the public API about jobs starts from the team's own.

Another team's job is as absent as one that never was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from searchspace.spec import ExportFormat
from service.db.tables import ExportRow, JobRow, JobTagRow, ModelRow, TrialReportRow, TrialRow
from service.errors import NotFound
from service.lifecycle import JobState, TrialState
from service.trials.rules import latest_ground

# Asked again and again for a front that is as it was, so built once and on the bare table.
_jobs = JobRow.__table__.c
_FRONT_VERSION = select(_jobs.front_revision, _jobs.trials_finished, _jobs.extras_finished).where(
    _jobs.id == bindparam("job_id"), _jobs.team == bindparam("team")
)


def find_job(session: Session, team: str, job_id: str) -> JobRow:
    """Raises NotFound unless the team has the job."""
    row = session.scalar(select(JobRow).where(JobRow.id == job_id, JobRow.team == team))
    if row is None:
        raise NotFound("there is no such job")
    return row


@dataclass(frozen=True, slots=True)
class FrontVersion:
    """What the front of a job depends on: its revision, and of all models the trials finished.

    extras_finished: those that are no part of the search, and are shown beside it.
    """

    revision: int
    trials_finished: int
    extras_finished: int


def find_front_version(session: Session, team: str, job_id: str) -> FrontVersion:
    """Raises NotFound unless the team has the job."""
    values = {"job_id": job_id, "team": team}
    found = session.connection().execute(_FRONT_VERSION, values).one_or_none()
    if found is None:
        raise NotFound("there is no such job")
    return FrontVersion(*found)


def list_jobs(
    session: Session,
    team: str,
    *,
    states: Sequence[JobState],
    tags: Iterable[str],
    after: str | None,
    limit: int,
) -> Sequence[JobRow]:
    """The team's jobs, newest first, after the one of id `after`.

    tags: `key:value`, or `key` for any value; all must match.
    """
    query = select(JobRow).where(JobRow.team == team)
    if states:
        query = query.where(JobRow.state.in_([state.value for state in states]))
    for tag in tags:
        query = query.where(JobRow.id.in_(_tagged(tag)))
    if after is not None:
        query = query.where(JobRow.id < after)
    return session.scalars(query.order_by(JobRow.id.desc()).limit(limit)).all()


def _tagged(tag: str) -> Select[str]:
    # A key may hold colons itself, so that each of them may be the one that ends it.
    keys = [tag[:at] for at, character in enumerate(tag) if character == ":"]
    written_out = JobTagRow.key + ":" + JobTagRow.value
    return select(JobTagRow.job_id).where(
        or_(JobTagRow.key == tag, and_(JobTagRow.key.in_(keys), written_out == tag))
    )


def count_running_trials(session: Session, job_ids: Sequence[str]) -> dict[str, int]:
    """How many trials of each job run now; jobs without any are left out."""
    query = (
        select(TrialRow.job_id, func.count())
        .where(TrialRow.job_id.in_(job_ids), TrialRow.state == TrialState.RUNNING.value)
        .group_by(TrialRow.job_id)
    )
    return dict(session.execute(query).all())


def list_trials(
    session: Session,
    job_id: str,
    *,
    states: Sequence[TrialState],
    after: int | None,
    limit: int,
) -> Sequence[TrialRow]:
    """A job's trials, newest first, after the one of number `after`."""
    query = select(TrialRow).where(TrialRow.job_id == job_id)
    if states:
        query = query.where(TrialRow.state.in_([state.value for state in states]))
    if after is not None:
        query = query.where(TrialRow.number < after)
    return session.scalars(query.order_by(TrialRow.number.desc()).limit(limit)).all()


def find_trial(session: Session, job_id: str, number: int) -> TrialRow:
    """Raises NotFound unless the job has the trial."""
    row = session.get(TrialRow, (job_id, number))
    if row is None:
        raise NotFound("there is no such trial")
    return row


def find_curve(session: Session, job_id: str, number: int) -> list[TrialReportRow]:
    """One report per training epoch: where attempts went over the same ground, the latest."""
    query = (
        select(TrialReportRow)
        .where(TrialReportRow.job_id == job_id, TrialReportRow.number == number)
        .order_by(TrialReportRow.attempt, TrialReportRow.training_epoch)
    )
    return latest_ground(session.scalars(query))


def list_models(session: Session, job_id: str, number: int) -> Sequence[ModelRow]:
    """The models of one trial, in the order the trial recorded them."""
    query = (
        select(ModelRow)
        .where(ModelRow.job_id == job_id, ModelRow.trial_number == number)
        .order_by(ModelRow.position)
    )
    return session.scalars(query).all()


def find_model(session: Session, job_id: str, model_id: str) -> tuple[ModelRow, TrialRow]:
    """A model and its trial. Raises NotFound unless the job has the model."""
    query = (
        select(ModelRow, TrialRow)
        .join(
            TrialRow,
            and_(TrialRow.job_id == ModelRow.job_id, TrialRow.number == ModelRow.trial_number),
        )
        .where(ModelRow.id == model_id, ModelRow.job_id == job_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("there is no such model")
    model, trial = found
    return model, trial


def list_exports(session: Session, model_id: str) -> Sequence[ExportRow]:
    """The forms of a model, besides its checkpoint."""
    query = select(ExportRow).where(ExportRow.model_id == model_id).order_by(ExportRow.form)
    return session.scalars(query).all()


def find_export(session: Session, model_id: str, form: ExportFormat) -> ExportRow:
    """Raises NotFound unless the model was delivered in this form."""
    row = session.get(ExportRow, (model_id, form.value))
    if row is None:
        raise NotFound(f"this model was not delivered as {form.value}")
    return row
