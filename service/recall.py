"""What is on record of a job's trials, as a runner or the next record needs it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.spec import LatencySpec
from service.db.tables import JobRow, LatencyRow, ModelRow, TrialReportRow, TrialRow
from service.lifecycle import TrialReason, TrialState
from service.protocol import KnownTrial, Latency, Report
from service.trials import Trial

_TRIAL = (
    TrialRow.number,
    TrialRow.state,
    TrialRow.reason,
    TrialRow.detail,
    TrialRow.parameters,
    TrialRow.architecture_digest,
    TrialRow.seed,
    TrialRow.values,
    TrialRow.latency,
    TrialRow.measured_attempt,
    TrialRow.attempts,
    TrialRow.started_at,
    TrialRow.finished_at,
)
_REPORT = (
    TrialReportRow.number,
    TrialReportRow.attempt,
    TrialReportRow.training_epoch,
    TrialReportRow.accuracy,
    TrialReportRow.loss,
    TrialReportRow.seconds,
    TrialReportRow.checkpoint,
)


def latency_profile(job: JobRow) -> str:
    """The key under which the job's latencies are comparable to others."""
    return LatencySpec.model_validate(job.spec["latency"]).key


def trials_of(
    session: Session, job_id: str, numbers: Collection[int] | None = None
) -> dict[int, Trial]:
    """Trials by number and in its order: those named, or all."""
    if numbers is not None and not numbers:
        return {}
    query = select(*_TRIAL).where(TrialRow.job_id == job_id).order_by(TrialRow.number)
    if numbers is not None:
        query = query.where(TrialRow.number.in_(numbers))
    return {row["number"]: _trial(row) for row in session.execute(query).mappings()}


def reports_of(
    session: Session, job_id: str, numbers: Collection[int] | None = None
) -> Sequence[Report]:
    """Reports of the named trials or of all, by attempt and training epoch."""
    if numbers is not None and not numbers:
        return []
    query = select(*_REPORT).where(TrialReportRow.job_id == job_id)
    if numbers is not None:
        query = query.where(TrialReportRow.number.in_(numbers))
    ordered = query.order_by(
        TrialReportRow.number, TrialReportRow.attempt, TrialReportRow.training_epoch
    )
    return [Report.model_construct(**row) for row in session.execute(ordered).mappings()]


def models_of(session: Session, job_id: str, number: int) -> list[tuple[str, dict[str, float]]]:
    """Checkpoint and values of each model of a trial, in the trial's order."""
    query = select(ModelRow.checkpoint, ModelRow.values).where(
        ModelRow.job_id == job_id, ModelRow.trial_number == number
    )
    rows = session.execute(query.order_by(ModelRow.position)).tuples()
    return [(checkpoint, values) for checkpoint, values in rows]


def latencies_of(session: Session, profile: str, digests: Collection[str]) -> dict[str, Latency]:
    """Measured latencies by architecture digest; what was never measured is left out."""
    if not digests:
        return {}
    query = select(LatencyRow.architecture_digest, LatencyRow.latency).where(
        LatencyRow.profile == profile, LatencyRow.architecture_digest.in_(digests)
    )
    return {
        digest: Latency.model_validate(latency)
        for digest, latency in session.execute(query).tuples()
    }


def known_trials(session: Session, job: JobRow) -> tuple[KnownTrial, ...]:
    """Every trial of the job, from which a restarted runner goes on."""
    trials = trials_of(session, job.id)
    reports = defaultdict(list)
    for report in reports_of(session, job.id):
        reports[report.number].append(report)
    waiting = {t.architecture_digest for t in trials.values() if t.latency is None}
    cached = latencies_of(session, latency_profile(job), waiting)
    return tuple(
        KnownTrial(
            number=trial.number,
            state=trial.state,
            reason=trial.reason,
            parameters=dict(trial.parameters),
            seed=trial.seed,
            attempts=trial.attempts,
            values=dict(trial.values),
            latency=(
                cached.get(trial.architecture_digest)
                if trial.latency is None
                else Latency.model_validate(trial.latency)
            ),
            reports=tuple(reports[trial.number]),
        )
        for trial in trials.values()
    )


def _trial(row: Mapping[Any, Any]) -> Trial:
    reason = row["reason"]
    return Trial(
        **{
            **row,
            "state": TrialState(row["state"]),
            "reason": None if reason is None else TrialReason(reason),
        }
    )
