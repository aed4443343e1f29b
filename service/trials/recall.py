"""What is on record of a job's trials, as a runner or the next record needs it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from searchspace.spec import LatencySpec
from service.db.tables import JobRow, LatencyRow, ModelRow, TrialReportRow, TrialRow
from service.lifecycle import TrialPurpose, TrialReason, TrialState
from service.protocol import KnownTrial, Latency, Report
from service.trials.rules import Trial

# Those that a record request runs are built whole, once and on the bare tables: through the
# mapper, building and running a statement take five times as long.
_trials = TrialRow.__table__.c
_TRIALS = select(*(_trials[field.name] for field in fields(Trial))).where(
    _trials.job_id == bindparam("job_id")
)
_reports = TrialReportRow.__table__.c
_REPORTS = select(*(_reports[name] for name in Report.model_fields if name != "kind")).where(
    _reports.job_id == bindparam("job_id")
)
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_SOME_TRIALS = _TRIALS.where(_trials.number.in_(_NUMBERS))
_SOME_REPORTS = _REPORTS.where(_reports.number.in_(_NUMBERS))
_latencies = LatencyRow.__table__.c
_LATENCIES = select(_latencies.architecture_digest, _latencies.latency).where(
    _latencies.profile == bindparam("profile"),
    _latencies.architecture_digest.in_(bindparam("digests", expanding=True)),
)


def latency_profile(job: JobRow) -> str:
    """The key under which the job's latencies are comparable to others."""
    return profile_key(job.team, LatencySpec.model_validate(job.spec["latency"]))


def profile_key(team: str, spec: LatencySpec) -> str:
    """As above; another team's device of the same name is another device."""
    return spec.key if spec.device is None else f"{team}/{spec.key}"


def trials_of(session: Session, job_id: str, numbers: Collection[int]) -> dict[int, Trial]:
    """The named trials, by number."""
    if not numbers:
        return {}
    values = {"job_id": job_id, "numbers": list(numbers)}
    rows = session.connection().execute(_SOME_TRIALS, values).mappings()
    return {row["number"]: _trial(row) for row in rows}


def reports_of(session: Session, job_id: str, numbers: Collection[int]) -> list[Report]:
    """The reports of the named trials."""
    if not numbers:
        return []
    values = {"job_id": job_id, "numbers": list(numbers)}
    rows = session.connection().execute(_SOME_REPORTS, values).mappings()
    return [Report.model_construct(**row) for row in rows]


def models_of(session: Session, job_id: str, number: int) -> list[tuple[str, dict[str, float]]]:
    """Checkpoint and values of each model of a trial, in the trial's order."""
    query = select(ModelRow.checkpoint, ModelRow.values).where(
        ModelRow.job_id == job_id, ModelRow.trial_number == number
    )
    rows = session.execute(query.order_by(ModelRow.position))
    return [(checkpoint, values) for checkpoint, values in rows]


def latencies_of(session: Session, profile: str, digests: Collection[str]) -> dict[str, Latency]:
    """Measured latencies by architecture digest; what was never measured is left out."""
    if not digests:
        return {}
    values = {"profile": profile, "digests": list(digests)}
    rows = session.connection().execute(_LATENCIES, values)
    return {digest: Latency.model_validate(latency) for digest, latency in rows}


def known_trials(session: Session, job: JobRow) -> tuple[KnownTrial, ...]:
    """Every trial of the job, from which a restarted runner goes on."""
    rows = session.execute(_TRIALS.order_by(_trials.number), {"job_id": job.id}).mappings()
    trials = [_trial(row) for row in rows]
    reports = defaultdict(list)
    in_order = _REPORTS.order_by(_reports.attempt, _reports.training_epoch)
    for row in session.execute(in_order, {"job_id": job.id}).mappings():
        reports[row["number"]].append(Report.model_construct(**row))
    waiting = {t.architecture_digest for t in trials if t.latency is None}
    cached = latencies_of(session, latency_profile(job), waiting)
    architectures = _extra_architectures(session, job)
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
            purpose=trial.purpose,
            subject=trial.subject,
            architecture=architectures.get(trial.number),
        )
        for trial in trials
    )


def _extra_architectures(session: Session, job: JobRow) -> dict[int, dict[str, Any]]:
    """By number, of the trials that are no part of the search."""
    query = select(TrialRow.number, TrialRow.architecture).where(
        TrialRow.job_id == job.id, TrialRow.subject.is_not(None)
    )
    return dict(session.execute(query).all())


def _trial(row: Mapping[Any, Any]) -> Trial:
    reason = row["reason"]
    return Trial(
        **{
            **row,
            "state": TrialState(row["state"]),
            "purpose": TrialPurpose(row["purpose"]),
            "reason": None if reason is None else TrialReason(reason),
        }
    )
