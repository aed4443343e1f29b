"""Trials that are no part of a job's search: which there may be, and how they are counted.

They share the numbers of all trials, and come on top of the budget. One that its job's end has
cancelled is made anew, under another number, when the job goes on.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.spec import JobSpec, RetrainSpec
from service.db.tables import JobRow, ModelRow, TrialRow
from service.errors import Conflict, Unprocessable
from service.lifecycle import TrialPurpose, TrialState
from service.protocol import TEST_ACCURACY, Measure, Reserve, Stop
from service.trials.rules import Trial


def planned(spec: JobSpec) -> int:
    """How many a new job is to have, at most."""
    return len(spec.baselines) + spec.retrain.models * spec.retrain.seeds


def next_number(job: JobRow) -> int:
    """The number of the job's next trial, of whichever kind."""
    return job.trials_total + job.extras_total


def has_left(job: JobRow) -> bool:
    """Whether there is something that the job could still run."""
    return job.trials_total < job.budget_trials or job.extras_left > 0


def expect_retrainings(job: JobRow) -> None:
    """A search that goes on may come to another front, with other models to train anew."""
    retrain = RetrainSpec.model_validate(job.spec["retrain"])
    job.extras_left = max(job.extras_left, retrain.models * retrain.seeds)


def end_extras(job: JobRow, count: int, *, cancelled: bool) -> None:
    """Count some that have ended."""
    job.extras_finished += count
    if not cancelled:
        job.extras_left = max(0, job.extras_left - count)


def check_test_scores(trial: Trial, record: Measure | Stop) -> None:
    """The test part scores every model of a retraining, and nothing else.

    Raises:
        Unprocessable: it is not so.
    """
    models = record.models if isinstance(record, Stop) else ()
    if trial.purpose is not TrialPurpose.RETRAIN:
        measured = [record.values, *(model.values for model in models)]
        if any(TEST_ACCURACY in values for values in measured):
            raise Unprocessable(f"a {trial.purpose} trial is never scored on the test part")
    elif any(TEST_ACCURACY not in model.values for model in models):
        raise Unprocessable("a retraining is scored on the test part")


def admit(session: Session, job: JobRow, record: Reserve, beside: Iterable[Reserve]) -> None:
    """Whether a held job is to have the trial of a new reservation.

    beside: reservations that are not stored yet.

    Raises:
        Conflict: `record_conflict`: the spec does not ask for it, or it is there already.
    """
    if not _is_wanted(session, job, record):
        raise _refusal(record, "the job is to have no such trial")
    query = select(TrialRow.seed).where(
        TrialRow.job_id == job.id,
        TrialRow.subject.is_not(None),
        TrialRow.purpose == record.purpose.value,
        TrialRow.subject == record.subject,
        TrialRow.state != TrialState.CANCELLED.value,
    )
    seeds = [*session.scalars(query), *(r.seed for r in beside if r.subject == record.subject)]
    wanted = 1
    if record.purpose is TrialPurpose.RETRAIN:
        wanted = RetrainSpec.model_validate(job.spec["retrain"]).seeds
    if len(seeds) >= wanted or record.seed in seeds:
        raise _refusal(record, "there is one already")


def _is_wanted(session: Session, job: JobRow, record: Reserve) -> bool:
    if record.purpose is TrialPurpose.BASELINE:
        return record.subject in job.spec["baselines"]
    query = (
        select(ModelRow.id)
        .join(
            TrialRow,
            (TrialRow.job_id == ModelRow.job_id) & (TrialRow.number == ModelRow.trial_number),
        )
        .where(
            ModelRow.id == record.subject,
            ModelRow.job_id == job.id,
            ModelRow.front_from.is_not(None),
            TrialRow.subject.is_(None),
        )
    )
    return session.scalar(query) is not None


def _refusal(record: Reserve, why: str) -> Conflict:
    message = f"{record.purpose} of {record.subject}, trial {record.number}: {why}"
    return Conflict(message, code="record_conflict")
