"""What must hold of the stored rows at every commit, whatever happened before.

Each check returns what is wrong, in words. They read tables and files and share no code with what
wrote them, so that the state machine and the tests of faults can both end with them.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from searchspace.objectives import Objective
from service.artifacts.directory import DirectoryStore
from service.db.tables import (
    ArtifactRow,
    DispatcherRow,
    EventRow,
    ExportRow,
    JobRow,
    MeasurementRow,
    ModelRow,
    PointRow,
    TeamRow,
    TrialReportRow,
    TrialRow,
)

OWNED = {"starting", "running"}
TERMINAL = {"succeeded", "failed", "cancelled"}
TRIAL_TERMINAL = {"complete", "pruned", "failed", "cancelled"}
NEXT = {
    "queued": {"starting", "paused", "cancelled"},
    "starting": {"running", "queued", "paused", "failed", "cancelled"},
    "running": {"queued", "paused", "succeeded", "failed", "cancelled"},
    "paused": {"queued", "cancelled"},
    "succeeded": {"queued"},
    "failed": {"queued"},
    "cancelled": {"queued"},
}

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """One snapshot; what belongs to a job, by the job's id."""

    jobs: Rows
    trials: dict[str, Rows]
    reports: dict[str, Rows]
    models: dict[str, Rows]
    events: dict[str, Rows]
    points: dict[str, Rows]
    teams: Rows
    dispatchers: Rows
    artifacts: Rows
    exports: Rows
    measurements: Rows

    @classmethod
    def read(cls, session: Session) -> "Stored":
        return cls(
            jobs=_rows(session, JobRow),
            trials=_by_job(_rows(session, TrialRow)),
            reports=_by_job(_rows(session, TrialReportRow)),
            models=_by_job(_rows(session, ModelRow)),
            events=_by_job(_rows(session, EventRow)),
            points=_by_job(_rows(session, PointRow)),
            teams=_rows(session, TeamRow),
            dispatchers=_rows(session, DispatcherRow),
            artifacts=_rows(session, ArtifactRow),
            exports=_rows(session, ExportRow),
            measurements=_rows(session, MeasurementRow),
        )


def violations(stored: Stored, store: DirectoryStore | None = None) -> list[str]:
    """Everything that is wrong; an empty list is what a test wants to see."""
    wrong = [f"{job.id}: {fault}" for job in stored.jobs for fault in _of_job(stored, job)]
    wrong += _quotas(stored)
    wrong += _capacity(stored)
    if store is not None:
        wrong += _blobs(stored, store)
    return wrong


def _of_job(stored: Stored, job: Row[Any]) -> Iterator[str]:
    trials = stored.trials.get(job.id, [])
    yield from _lifecycle(job, stored.events.get(job.id, []))
    yield from _ownership(job)
    yield from _trials(job, trials)
    yield from _reports(trials, stored.reports.get(job.id, []))
    yield from _points(job, stored.points.get(job.id, []))
    yield from _complete(job, trials, stored.models.get(job.id, []))
    searched = {trial.number for trial in trials if trial.subject is None}
    models = stored.models.get(job.id, [])
    yield from _front(job, [model for model in models if model.trial_number in searched])


def _lifecycle(job: Row[Any], events: Rows) -> Iterator[str]:
    """Events without gaps; legal moves alone; no epoch goes back; the last one is the row."""
    if [event.sequence for event in events] != list(range(1, job.events + 1)):
        yield f"events {[event.sequence for event in events]} of {job.events}"
    states = [event.body for event in events if event.kind == "job.state"]
    for before, after in pairwise(states):
        old, new = before["state"], after["state"]
        if new not in NEXT[old]:
            yield f"{old} became {new}"
        if after["epoch"] < before["epoch"]:
            yield f"epoch {before['epoch']} was followed by {after['epoch']}"
        needs_epoch = old in TERMINAL or new == "starting"
        if needs_epoch and after["epoch"] != before["epoch"] + 1:
            yield f"{old} became {new} without an epoch of its own"
    last = states[-1] if states else {}
    told = tuple(last.get(name) for name in ("state", "reason", "detail", "epoch"))
    if told != (job.state, job.reason, job.detail, job.epoch):
        yield f"the last event tells {told}, the row is {job.state} at epoch {job.epoch}"


def _ownership(job: Row[Any]) -> Iterator[str]:
    if (job.lease_until is not None) != (job.state in OWNED):
        yield f"{job.state} with a lease until {job.lease_until}"
    if (job.running_since is not None) != (job.state == "running"):
        yield f"{job.state}, running since {job.running_since}"
    if (job.finished_at is not None) != (job.state in TERMINAL):
        yield f"{job.state}, finished at {job.finished_at}"
    if job.state not in OWNED and job.slots:
        yield f"{job.state} with {job.slots} slots"


def _trials(job: Row[Any], trials: Rows) -> Iterator[str]:
    numbers = [trial.number for trial in trials]
    if numbers != list(range(job.trials_total + job.extras_total)):
        yield f"trials {numbers} of {job.trials_total} and {job.extras_total}"
    if job.state in TERMINAL and any(trial.state not in TRIAL_TERMINAL for trial in trials):
        yield f"{job.state} with live trials"
    extras = [trial for trial in trials if trial.subject is not None]
    if job.extras_finished != sum(trial.state in TRIAL_TERMINAL for trial in extras):
        yield f"{job.extras_finished} extra trials finished of {extras}"
    trials = [trial for trial in trials if trial.subject is None]
    if len(trials) != job.trials_total:
        yield f"{len(trials)} trials of the search, counted as {job.trials_total}"
    if len(trials) > job.budget_trials:
        yield f"{len(trials)} trials of a budget of {job.budget_trials}"
    ended = [trial.state for trial in trials if trial.state in TRIAL_TERMINAL]
    counted = (job.trials_finished, job.trials_failed, job.trials_pruned)
    if counted != (len(ended), ended.count("failed"), ended.count("pruned")):
        yield f"{counted} trials finished, failed and pruned, but {ended}"


def _reports(trials: Rows, reports: Rows) -> Iterator[str]:
    attempts = {trial.number: trial.attempts for trial in trials}
    for report in reports:
        if report.attempt > attempts.get(report.number, 0):
            yield f"a report of attempt {report.attempt} of trial {report.number}"


def _points(job: Row[Any], points: Rows) -> Iterator[str]:
    taken = [point.trial_number for point in points if point.trial_number is not None]
    if len(points) - len(taken) != job.points_waiting:
        yield f"{job.points_waiting} points waiting, but {len(points) - len(taken)}"
    if len(set(taken)) < len(taken) or any(number >= job.trials_total for number in taken):
        yield f"points became trials {taken}"


def _complete(job: Row[Any], trials: Rows, models: Rows) -> Iterator[str]:
    metrics = [objective.metric for objective in _objectives(job)]
    complete = {trial.number for trial in trials if trial.state == "complete"}
    for trial in trials:
        measured = [trial.values.get(metric, math.nan) for metric in metrics]
        if trial.number in complete and not all(map(math.isfinite, measured)):
            yield f"trial {trial.number} is complete with {trial.values}"
    if strays := {model.trial_number for model in models} - complete:
        yield f"models of trials {sorted(strays)}, which are not complete"


def _front(job: Row[Any], models: Rows) -> Iterator[str]:
    """The front that is kept is the one that comparing every model with every other gives."""
    points = {model.id: _losses(job, model) for model in models if model.feasible}
    best = {one for one, point in points.items() if not _is_beaten(point, points.values())}
    kept = {m.id for m in models if m.front_from is not None and m.front_until is None}
    # Of equal models the first may stand for all.
    if {points[one] for one in best} != {points.get(one) for one in kept}:
        yield f"the front is {sorted(best)}, and kept is {sorted(kept)}"
    if len(kept) != job.front_size:
        yield f"a front of {job.front_size}, but {len(kept)}"


def _losses(job: Row[Any], model: Row[Any]) -> tuple[float, ...]:
    return tuple(
        -model.values[objective.metric] if objective.maximized else model.values[objective.metric]
        for objective in _objectives(job)
    )


def _objectives(job: Row[Any]) -> list[Objective]:
    return [Objective.model_validate(objective) for objective in job.spec["objectives"]]


def _is_beaten(point: tuple[float, ...], others: Any) -> bool:
    return any(
        other != point and all(a <= b for a, b in zip(other, point, strict=True))
        for other in others
    )


def _quotas(stored: Stored) -> Iterator[str]:
    for team in stored.teams:
        driven = [job for job in stored.jobs if job.team == team.name and job.state in OWNED]
        limit = team.quotas.get("running_jobs")
        if limit is not None and len(driven) > limit:
            yield f"{team.name} runs {len(driven)} jobs of {limit}"
        slots, most = sum(map(_cpus, driven)), team.quotas.get("slots")
        if most is not None and slots > most:
            yield f"{team.name} has {slots} slots of {most}"


def _capacity(stored: Stored) -> Iterator[str]:
    for dispatcher in stored.dispatchers:
        there = sum(node["cpus"] for node in dispatcher.nodes)
        driven = [j for j in stored.jobs if j.cluster == dispatcher.cluster and j.state in OWNED]
        if sum(map(_cpus, driven)) > there or len(driven) > 2 * max(1, int(there)):
            yield f"{dispatcher.cluster} has {there} CPUs for {len(driven)} jobs"


def _cpus(job: Row[Any]) -> float:
    return float(job.slots * job.spec["resources"]["cpus"])


def _blobs(stored: Stored, store: DirectoryStore) -> Iterator[str]:
    """What a row names is there, and is what its name says."""
    live = {
        (trial.job_id, trial.number)
        for trials in stored.trials.values()
        for trial in trials
        if trial.state not in TRIAL_TERMINAL
    }
    named = {model.checkpoint for models in stored.models.values() for model in models}
    named |= {
        report.checkpoint
        for reports in stored.reports.values()
        for report in reports
        if report.checkpoint is not None and (report.job_id, report.number) in live
    }
    rows = {a.sha256: a.size for a in stored.artifacts if a.state == "stored"}
    named |= {job.weights for job in stored.jobs if job.weights is not None}
    if missing := named - rows.keys():
        yield f"checkpoints {sorted(missing)} have no artifact"
    for sha256, size in rows.items():
        path = store.path(sha256)
        data = path.read_bytes() if path.exists() else b""
        if (hashlib.sha256(data).hexdigest(), len(data)) != (sha256, size):
            yield f"artifact {sha256} holds other bytes"


def unreferenced(stored: Stored) -> set[str]:
    """Artifacts that a collection should have taken, were they old enough."""
    named = {model.checkpoint for models in stored.models.values() for model in models}
    named |= {export.sha256 for export in stored.exports}
    named |= {job.weights for job in stored.jobs if job.weights is not None}
    for measurement in stored.measurements:
        named |= {measurement.model, measurement.reference}
    for trials in stored.trials.values():
        live = {trial.number for trial in trials if trial.state not in TRIAL_TERMINAL}
        reports = stored.reports.get(trials[0].job_id, [])
        named |= {report.checkpoint for report in reports if report.number in live}
    return {artifact.sha256 for artifact in stored.artifacts} - named


def _rows(session: Session, table: Any) -> Rows:
    columns = table.__table__
    return session.execute(select(columns).order_by(*columns.primary_key)).all()


def _by_job(rows: Rows) -> dict[str, Rows]:
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.job_id].append(row)
    return dict(grouped)
