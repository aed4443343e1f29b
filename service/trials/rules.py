"""How records change a trial: pure deciders.

Each function gives the trial after a record, the very same object when the record is stored
already, and raises when the record contradicts what is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from searchspace.objectives import Objective, losses
from service.errors import Conflict, Unprocessable
from service.lifecycle import (
    TRIAL_TERMINAL,
    IllegalMove,
    TrialPurpose,
    TrialReason,
    TrialState,
    require_trial_move,
    trial_state_after,
)
from service.protocol import Measure, Report, Reserve, Start, Stop


@dataclass(frozen=True, slots=True)
class Trial:
    """One row of the trials, without what never changes and nobody asks for here."""

    number: int
    state: TrialState
    reason: TrialReason | None
    detail: str | None
    parameters: Mapping[str, Any]
    architecture_digest: str
    seed: int
    purpose: TrialPurpose
    subject: str | None
    values: Mapping[str, float]
    latency: Mapping[str, float] | None
    measured_attempt: int | None
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    copy_of: int | None = None
    """The trial whose result this one took, without training."""


class Ground(Protocol):
    """A report of a training epoch, however it was read."""

    @property
    def training_epoch(self) -> int: ...


Reported = TypeVar("Reported", bound=Ground)


def latest_ground(reports: Iterable[Reported]) -> list[Reported]:
    """One report per training epoch: where attempts went over the same ground, the latest.

    reports: of one trial, in the order of attempt and training epoch.
    """
    curve: list[Reported] = []
    for report in reports:
        while curve and curve[-1].training_epoch >= report.training_epoch:
            curve.pop()
        curve.append(report)
    return curve


def reserved(record: Reserve) -> Trial:
    return Trial(
        number=record.number,
        state=TrialState.RESERVED,
        reason=None,
        detail=None,
        parameters=record.parameters,
        architecture_digest=record.architecture_digest,
        seed=record.seed,
        purpose=record.purpose,
        subject=record.subject,
        values={},
        latency=None,
        measured_attempt=None,
        attempts=0,
        started_at=None,
        finished_at=None,
    )


def after_reserve(trial: Trial, record: Reserve) -> Trial:
    """The reservation of a number that is taken: a repetition, or a contradiction."""
    stored = (trial.parameters, trial.architecture_digest, trial.seed, trial.subject)
    if stored != (record.parameters, record.architecture_digest, record.seed, record.subject):
        raise contradiction(record, "the number is taken by other parameters")
    return trial


def after_start(trial: Trial, record: Start, at: datetime) -> Trial:
    """Attempts are counted without gaps; one that began before is known."""
    if record.attempt <= trial.attempts:
        return trial
    if record.attempt > trial.attempts + 1:
        raise contradiction(record, f"attempt {trial.attempts + 1} comes first")
    return replace(
        _moved(trial, TrialState.RUNNING, record),
        reason=None,
        detail=None,
        attempts=record.attempt,
        started_at=trial.started_at or at,
    )


def after_measure(trial: Trial, record: Measure) -> Trial:
    """A later attempt may measure anew; within one attempt the first measurement stands."""
    latency = record.latency.model_dump()
    if trial.measured_attempt == record.attempt:
        # A stop may have replaced some of the values since.
        overlaid = trial.state is not TrialState.RUNNING
        if latency != trial.latency or not (overlaid or _holds(trial.values, record.values)):
            raise contradiction(record, "another measurement is stored")
        return trial
    if (trial.measured_attempt or 0) > record.attempt:
        return trial
    require_running(trial, record)
    return replace(
        trial,
        values={**trial.values, **record.values},
        latency=latency,
        measured_attempt=record.attempt,
    )


def after_stop(trial: Trial, record: Stop, objectives: Sequence[Objective], at: datetime) -> Trial:
    """The trial's end for this attempt. A trial without every objective has not finished well.

    Raises:
        Unprocessable: models of a trial that does not say it has finished.
    """
    if record.models and record.reason is not TrialReason.FINISHED:
        raise Unprocessable("only a finished trial has models")
    values = {**trial.values, **record.values}
    reason, detail = record.reason, record.detail or None
    if reason is TrialReason.FINISHED:
        fault = _unusable(objectives, [values, *(model.values for model in record.models)])
        if fault is not None:
            reason, detail = TrialReason.BAD_METRIC, fault
    state = trial_state_after(reason)
    if record.attempt < trial.attempts:
        return trial
    if record.attempt > _current(trial):
        raise contradiction(record, f"attempt {trial.attempts} is the current one")
    if (trial.state, trial.reason) == (state, reason) and _holds(trial.values, record.values):
        return trial
    return replace(
        _moved(trial, state, record),
        reason=reason,
        detail=detail,
        values=values,
        finished_at=at if state in TRIAL_TERMINAL else None,
    )


def after_copy(
    trial: Trial, record: Stop, source: Trial, objectives: Sequence[Objective], at: datetime
) -> Trial:
    """The end of a trial that takes the result of another one of the same architecture.

    Raises:
        Conflict: the other one has no such result, or another architecture.
    """
    alike = source.architecture_digest == trial.architecture_digest
    if source.state is not TrialState.COMPLETE or not alike or record.models:
        raise contradiction(record, f"trial {source.number} has no result for it")
    if not _holds(source.values, record.values):
        raise contradiction(record, f"trial {source.number} has measured otherwise")
    whole = record.model_copy(update={"values": dict(source.values)})
    ended = after_stop(trial, whole, objectives, at)
    if ended is trial:
        return trial
    return replace(
        ended,
        latency=source.latency,
        measured_attempt=record.attempt,
        copy_of=source.number,
    )


def require_running(trial: Trial, record: Measure | Report) -> None:
    """Raises Conflict unless the record belongs to the attempt that runs now."""
    if trial.state is not TrialState.RUNNING or record.attempt != trial.attempts:
        raise contradiction(record, f"the trial is {trial.state} in attempt {trial.attempts}")


def contradiction(record: Reserve | Start | Measure | Report | Stop, why: str) -> Conflict:
    return Conflict(f"{record.kind} of trial {record.number}: {why}", code="record_conflict")


def _current(trial: Trial) -> int:
    # A trial can end before its process ever began: what would have been the first attempt.
    return max(1, trial.attempts)


def _moved(trial: Trial, state: TrialState, record: Start | Stop) -> Trial:
    try:
        require_trial_move(trial.state, state)
    except IllegalMove as error:
        raise contradiction(record, str(error)) from None
    return replace(trial, state=state)


def _unusable(
    objectives: Sequence[Objective], measured: Sequence[Mapping[str, float]]
) -> str | None:
    for values in measured:
        try:
            losses(objectives, values)
        except ValueError as error:
            return str(error)
    return None


def _holds(stored: Mapping[str, float], said: Mapping[str, float]) -> bool:
    return all(stored.get(metric) == value for metric, value in said.items())
