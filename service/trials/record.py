"""The records of a runner, stored in order and together, each of them once.

The caller holds the job (`service.queue.ownership.hold`), so everything here is the current owner's.
Rows are read and written in bulk: a request costs about the same number of statements whatever
the number of its records.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import Insert, bindparam, insert, update
from sqlalchemy.orm import Session

from searchspace.objectives import feasible
from service.artifacts.deposit import referable
from service.db.tables import (
    ExportRow,
    JobRow,
    LatencyRow,
    ModelRow,
    TrialReportRow,
    TrialRow,
)
from service.db.upsert import upsert
from service.errors import Conflict
from service.events.journal import Event, EventKind, append_all, trial_state
from service.front.revisions import Goals, enter
from service.ids import new_model_id
from service.lifecycle import TRIAL_TERMINAL, TrialPurpose, TrialState
from service.protocol import Latency, Measure, Model, Record, Report, Reserve, Start, Stop
from service.trials.extras import admit, check_test_scores, end_extras, next_number
from service.trials.points import take
from service.trials.recall import latencies_of, latency_profile, models_of, reports_of, trials_of
from service.trials.rules import (
    Trial,
    after_copy,
    after_measure,
    after_reserve,
    after_start,
    after_stop,
    contradiction,
    require_running,
    reserved,
)

# Built once and on the bare tables, as in `service.trials.recall`.
_INSERT_TRIALS = insert(TrialRow.__table__)
_INSERT_REPORTS = insert(TrialReportRow.__table__)
_INSERT_MODELS = insert(ModelRow.__table__)
_INSERT_EXPORTS = insert(ExportRow.__table__)
_trials = TrialRow.__table__.c
_UPDATE_TRIALS = update(TrialRow.__table__).where(
    _trials.job_id == bindparam("of_job"), _trials.number == bindparam("of_number")
)


def record(
    session: Session, job: JobRow, records: Sequence[Record], at: datetime
) -> dict[int, Latency]:
    """Store the records of a held job, and flush.

    Returns:
        The latencies known already of the trials that the records reserve.

    Raises:
        Conflict: `record_conflict`: a record contradicts what is stored; `gap`, `budget`: a
            reservation out of turn or beyond the budget; `artifact_missing`: a checkpoint that
            was not uploaded before.
    """
    batch = _Batch(session, job, records, at)
    for each in records:
        batch.apply(each)
    batch.store()
    digests = {r.number: r.architecture_digest for r in records if isinstance(r, Reserve)}
    known = latencies_of(session, latency_profile(job), set(digests.values()))
    return {number: known[digest] for number, digest in digests.items() if digest in known}


class _Batch:
    """What one request reads, and what it comes to write."""

    def __init__(
        self, session: Session, job: JobRow, records: Sequence[Record], at: datetime
    ) -> None:
        self._session = session
        self._connection = session.connection()
        self._job = job
        self._at = at
        self._goals = Goals.of(job)
        stored = {each.number for each in records if each.number < next_number(job)}
        stored |= {r.copy_of for r in records if isinstance(r, Stop) and r.copy_of is not None}
        reported = {r.number for r in records if isinstance(r, Report)} & stored
        self._trials = trials_of(session, job.id, stored)
        self._reports = {_place(r): r for r in reports_of(session, job.id, reported)}
        self._reserved: dict[int, Reserve] = {}
        self._changed: set[int] = set()
        self._new_reports: list[Report] = []
        self._measured: list[Measure] = []
        self._new_models: list[dict[str, Any]] = []
        self._new_exports: list[dict[str, Any]] = []
        self._events: list[Event] = []

    def apply(self, record: Record) -> None:
        match record:
            case Reserve():
                self._reserve(record)
            case Start():
                self._change(after_start(self._trial(record), record, self._at), tell=True)
            case Measure():
                self._measure(record)
            case Report():
                self._report(record)
            case Stop():
                self._stop(record)
            case _:
                assert_never(record)

    def store(self) -> None:
        """Write everything; parents before what refers to them."""
        job, session = self._job, self._session
        sizes = self._artifact_sizes()
        self._insert(
            _INSERT_TRIALS, [self._trial_row(record) for record in self._reserved.values()]
        )
        self._update_trials(self._changed - self._reserved.keys())
        self._insert(_INSERT_REPORTS, [self._report_row(report) for report in self._new_reports])
        self._cache_latencies()
        for model in self._new_models:
            model["checkpoint_bytes"] = sizes[model["checkpoint"]]
            job.stored_bytes += model["checkpoint_bytes"]
        for export in self._new_exports:
            export["size"] = sizes[export["sha256"]]
            job.stored_bytes += export["size"]
        searched = [model for model in self._new_models if self._is_searched(model)]
        front_changed = enter(session, job, self._goals, searched, self._at)
        self._insert(_INSERT_MODELS, self._new_models)
        self._insert(_INSERT_EXPORTS, self._new_exports)
        if front_changed is not None:
            self._events.append(front_changed)
        append_all(session, job, self._events, self._at)
        session.flush()

    def _reserve(self, record: Reserve) -> None:
        known = self._trials.get(record.number)
        if known is not None:
            after_reserve(known, record)
            return
        job = self._job
        if record.number != next_number(job):
            raise Conflict(f"trial {next_number(job)} comes next", code="gap")
        if record.purpose is not TrialPurpose.SEARCH:
            admit(self._session, job, record, self._reserved.values())
            job.extras_total += 1
        else:
            if job.trials_total >= job.budget_trials:
                raise Conflict(f"the budget is {job.budget_trials} trials", code="budget")
            if record.point is not None:
                take(self._session, job, record)
            job.trials_total += 1
        job.trials_rejected += record.rejected
        self._reserved[record.number] = record
        self._trials[record.number] = trial = reserved(record)
        self._tell(trial)

    def _measure(self, record: Measure) -> None:
        old = self._trial(record)
        check_test_scores(old, record)
        new = after_measure(old, record)
        if new is not old:
            self._measured.append(record)
            self._change(new)

    def _report(self, record: Report) -> None:
        trial = self._trial(record)
        stored = self._reports.get(_place(record))
        if stored is not None:
            if stored != record:
                raise contradiction(record, "another report of this training epoch is stored")
            return
        require_running(trial, record)
        self._reports[_place(record)] = record
        self._new_reports.append(record)
        self._events.append(Event(EventKind.TRIAL_REPORT, record.model_dump(exclude={"kind"})))

    def _stop(self, record: Stop) -> None:
        old = self._trial(record)
        check_test_scores(old, record)
        new = self._after_stop(old, record)
        if new is old:
            self._require_same_models(record, old)
            return
        self._change(new, tell=True)
        if new.state in TRIAL_TERMINAL:
            self._count(new)
        if new.state is TrialState.COMPLETE:
            for position, model in enumerate(record.models):
                row = self._model_row(record.number, position, model)
                self._new_models.append(row)
                self._new_exports += [
                    {"model_id": row["id"], **export.model_dump()} for export in model.exports
                ]

    def _after_stop(self, trial: Trial, record: Stop) -> Trial:
        objectives = self._goals.objectives
        if record.copy_of is None:
            return after_stop(trial, record, objectives, self._at)
        source = self._trials.get(record.copy_of)
        if source is None:
            raise contradiction(record, f"there is no trial {record.copy_of}")
        return after_copy(trial, record, source, objectives, self._at)

    def _trial(self, record: Start | Measure | Report | Stop) -> Trial:
        trial = self._trials.get(record.number)
        if trial is None:
            raise contradiction(record, "the trial was never reserved")
        return trial

    def _change(self, trial: Trial, *, tell: bool = False) -> None:
        if trial is self._trials[trial.number]:
            return
        self._trials[trial.number] = trial
        self._changed.add(trial.number)
        if tell:
            self._tell(trial)

    def _tell(self, trial: Trial) -> None:
        self._events.append(
            trial_state(trial.number, trial.state, trial.reason, trial.attempts, trial.values)
        )

    def _count(self, trial: Trial) -> None:
        job = self._job
        if trial.purpose is TrialPurpose.SEARCH:
            job.trials_finished += 1
            job.trials_failed += trial.state is TrialState.FAILED
            job.trials_pruned += trial.state is TrialState.PRUNED
        else:
            end_extras(job, 1, cancelled=trial.state is TrialState.CANCELLED)
        job.crashes = 0

    def _require_same_models(self, record: Stop, trial: Trial) -> None:
        """Whether a repeated stop repeats its models too."""
        if trial.state is not TrialState.COMPLETE or record.attempt < trial.attempts:
            return
        stored = models_of(self._session, self._job.id, record.number)
        stored += [
            (model["checkpoint"], model["values"])
            for model in self._new_models
            if model["trial_number"] == record.number
        ]
        if stored != [(model.checkpoint, model.values) for model in record.models]:
            raise contradiction(record, "other models are stored")

    def _is_searched(self, model: Mapping[str, Any]) -> bool:
        return self._trials[model["trial_number"]].purpose is TrialPurpose.SEARCH

    def _artifact_sizes(self) -> dict[str, int]:
        """Sizes of the files that the new rows name, kept from collection until commit."""
        wanted = {model["checkpoint"] for model in self._new_models}
        wanted |= {export["sha256"] for export in self._new_exports}
        wanted |= {r.checkpoint for r in self._new_reports if r.checkpoint is not None}
        if not wanted:
            return {}
        rows = self._connection.execute(referable(wanted))
        sizes = dict(rows.all())
        if missing := wanted - sizes.keys():
            raise Conflict(f"{min(missing)} was not uploaded", code="artifact_missing")
        return sizes

    def _cache_latencies(self) -> None:
        profile = latency_profile(self._job)
        upsert(
            self._session,
            LatencyRow,
            [
                {
                    "architecture_digest": self._trials[record.number].architecture_digest,
                    "profile": profile,
                    "latency": record.latency.model_dump(),
                    "measured_at": self._at,
                }
                for record in self._measured
            ],
        )

    def _insert(self, statement: Insert, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(statement, rows)

    def _update_trials(self, numbers: Collection[int]) -> None:
        rows = [
            {
                "of_job": self._job.id,
                "of_number": number,
                **_changing_columns(self._trials[number]),
            }
            for number in numbers
        ]
        if rows:
            self._connection.execute(_UPDATE_TRIALS, rows)

    def _trial_row(self, record: Reserve) -> dict[str, Any]:
        return {
            "job_id": self._job.id,
            "number": record.number,
            "parameters": record.parameters,
            "architecture": record.architecture,
            "architecture_digest": record.architecture_digest,
            "seed": record.seed,
            "purpose": record.purpose.value,
            "subject": record.subject,
            "created_at": self._at,
            **_changing_columns(self._trials[record.number]),
        }

    def _report_row(self, report: Report) -> dict[str, Any]:
        return {"job_id": self._job.id, "at": self._at, **report.model_dump(exclude={"kind"})}

    def _model_row(self, number: int, position: int, model: Model) -> dict[str, Any]:
        return {
            "id": new_model_id(self._at),
            "job_id": self._job.id,
            "trial_number": number,
            "position": position,
            "feasible": feasible(self._goals.constraints, model.values),
            "front_from": None,
            "front_until": None,
            "created_at": self._at,
            **model.model_dump(exclude={"checkpoint_bytes", "exports"}),
        }


def _place(report: Report) -> tuple[int, int, int]:
    return report.number, report.attempt, report.training_epoch


def _changing_columns(trial: Trial) -> dict[str, Any]:
    return {
        "state": trial.state.value,
        "reason": None if trial.reason is None else trial.reason.value,
        "detail": trial.detail,
        "values": trial.values,
        "latency": trial.latency,
        "measured_attempt": trial.measured_attempt,
        "attempts": trial.attempts,
        "started_at": trial.started_at,
        "finished_at": trial.finished_at,
        "copy_of": trial.copy_of,
    }
