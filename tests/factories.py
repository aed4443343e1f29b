"""Jobs, records and times for tests of the control plane."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from searchspace.datasets import KNOWN
from searchspace.space import resolve
from searchspace.spec import JobSpec
from service.db.tables import JobRow
from service.events.journal import append_all, job_state
from service.ids import new_job_id
from service.lifecycle import Desired, JobState, TrialReason
from service.protocol import Latency, Measure, Model, Report, Reserve, Start, Stop
from service.trials.extras import planned


class SetClock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self, session: Session) -> datetime:
        return self.time

    def advance(self, seconds: float) -> datetime:
        self.time += timedelta(seconds=seconds)
        return self.time


class Hand:
    """A clock of seconds that is moved by hand."""

    time = 100.0

    def __call__(self) -> float:
        return self.time


def add_job(
    session: Session, at: datetime, team: str = "default", owner: str = "admin", **document: Any
) -> JobRow:
    """A queued job; its hypervolume reaches to accuracy 0, 100 params and 100 ms."""
    given = {
        "version": 1,
        "name": "digits",
        "dataset": {"name": "digits"},
        "space": {"preset": "tiny"},
    }
    dataset = KNOWN[given["dataset"]["name"]]
    spec = resolve(JobSpec.parse(given | document), dataset)
    reference = {"accuracy": 0.0, "params": 100.0, "latency_ms": 100.0}
    job = JobRow(
        id=new_job_id(at),
        team=team,
        owner=owner,
        name=spec.name,
        spec=spec.document(),
        dataset=dataset.model_dump(mode="json"),
        reference_point=[reference[objective.metric] for objective in spec.objectives],
        tags={},
        priority=spec.priority,
        budget_trials=spec.budget.trials,
        wall_clock_seconds=spec.budget.wall_clock_seconds,
        state=JobState.QUEUED.value,
        desired=Desired.RUN.value,
        created_at=at,
        waiting_since=at,
        dataset_key=dataset.key,
        cpus=spec.resources.cpus,
        gpus=spec.resources.gpus,
        custom=spec.resources.custom or None,
        concurrency=spec.resources.concurrency,
        device=spec.latency.device,
        epoch=0,
        wall_clock_used=0.0,
        crashes=0,
        trials_total=0,
        trials_finished=0,
        trials_failed=0,
        trials_pruned=0,
        trials_rejected=0,
        extras_left=planned(spec),
        events=0,
        front_revision=0,
        front_size=0,
        hypervolume=0.0,
    )
    session.add(job)
    session.flush()
    append_all(session, job, [job_state(job)], at)
    session.flush()
    return job


def digest(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def latency(fastest: float = 1.0) -> Latency:
    return Latency(min=fastest, median=2 * fastest, p90=3 * fastest, runs=250, reference=0.5)


def reserve(number: int, **changes: Any) -> Reserve:
    given = {
        "number": number,
        "parameters": {"stem.width": 8, "training.learning_rate": 0.01, "head.kind": "gap"},
        "architecture": {"version": 1, "number": number},
        "architecture_digest": digest(f"architecture {number}"),
        "seed": 1000 + number,
    }
    return Reserve(**(given | changes))


def start(number: int, attempt: int = 1) -> Start:
    return Start(number=number, attempt=attempt)


def measure(number: int, attempt: int = 1, fastest: float = 1.0, **values: float) -> Measure:
    return Measure(
        number=number,
        attempt=attempt,
        values=values or {"params": 50.0, "macs": 9.0, "latency_ms": fastest},
        latency=latency(fastest),
    )


def report(number: int, training_epoch: int, attempt: int = 1, **changes: Any) -> Report:
    given = {"accuracy": 0.5, "loss": 1.5, "seconds": 0.25}
    return Report(
        number=number, attempt=attempt, training_epoch=training_epoch, **(given | changes)
    )


def model(checkpoint: str, accuracy: float, params: float = 50.0, ms: float = 1.0) -> Model:
    return Model(
        ranks=(2, 1, 1),
        head="tcl",
        architecture={"version": 1},
        architecture_digest=digest("architecture of a model"),
        values={"accuracy": accuracy, "params": params, "latency_ms": ms},
        latency=latency(ms),
        checkpoint=checkpoint,
        checkpoint_bytes=4,
    )


def stop(
    number: int,
    *models: Model,
    reason: TrialReason = TrialReason.FINISHED,
    attempt: int = 1,
    **values: float,
) -> Stop:
    """An end whose values are those of its first model, unless they are given."""
    measured = values or (models[0].values if models else {})
    return Stop(number=number, attempt=attempt, reason=reason, values=measured, models=models)
