"""Rows in bulk: a team's queue and jobs of many trials, as if they had been posted and run.

Architectures, parameters and costs are those of the space; accuracy and latency are a plausible
function of the cost with noise, so that the front has the size that fronts have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert

from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.pareto import Points, hypervolume, joined
from searchspace.space import Space
from service.db.engine import Database
from service.db.tables import EventRow, FrontRevisionRow, JobRow, ModelRow, TrialRow
from service.front.revisions import Goals
from service.ids import new_model_id
from service.jobs.ground import Ground
from service.jobs.plan import Plan, plan
from service.jobs.submit import submit
from service.protocol import Latency, Node
from service.team.access import Caller, Role

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LOCAL = Node(cpus=64, gpus=0)
SEEDER = Caller("tok_0", "seeder", "default", Role.ADMIN)


def spec(name: str, trials: int = 24, **changes: Any) -> dict[str, Any]:
    """What a person posts: examples/cifar10.yaml on a data set that is always there."""
    return {
        "version": 1,
        "name": name,
        "dataset": {"name": "digits"},
        "space": {"preset": "small", "head": {"kinds": ["gap", "tcl"]}},
        "objectives": ["accuracy", "params", "latency_ms"],
        "budget": {"trials": trials, "training_epochs": 6},
        "tags": {"project": "benchmark"},
        **changes,
    }


def planned(document: dict[str, Any]) -> Plan:
    return plan(document, Ground(datasets=KNOWN, nodes=[LOCAL]))


def seed_queue(database: Database, jobs: int) -> None:
    """So many queued jobs of the default team, of all priorities."""
    plans = [planned(spec("waits", priority=priority)) for priority in range(-3, 4)]
    at = BEGAN
    for begin in range(0, jobs, 500):
        with database.write() as session:
            for number in range(begin, min(begin + 500, jobs)):
                at += timedelta(milliseconds=1)
                submit(session, plans[number % len(plans)], SEEDER, at, key=None, body_sha256="")


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished trial with its one model."""

    parameters: dict[str, Any]
    architecture: dict[str, Any]
    digest: str
    head: str
    ranks: tuple[int, int, int] | None
    values: dict[str, float]


def trials(job: Plan, count: int) -> Iterator[Measured]:
    """Random points of the job's space, measured in imagination."""
    generator = np.random.default_rng(0)
    space = Space(job.spec, job.dataset)
    for _ in range(count):
        parameters = space.sample(RandomSuggest(generator))
        architecture = space.decode(parameters).architecture
        cost = architecture_cost(architecture)
        ceiling = 0.5 + 0.09 * np.log10(cost.params) - 0.4 / np.log10(cost.macs)
        values = {
            "accuracy": float(np.clip(ceiling - generator.gamma(2.0, 0.03), 0.0, 1.0)),
            "params": cost.params,
            "macs": cost.macs,
            "size_bytes": cost.size_bytes,
            "latency_ms": float(0.05 + cost.macs / 2e7 * generator.lognormal(0.0, 0.2)),
        }
        yield Measured(
            parameters,
            architecture.model_dump(mode="json"),
            architecture.digest,
            architecture.head.kind,
            architecture.head.ranks,
            values,
        )


@dataclass(frozen=True, slots=True)
class Seeded:
    """A job that has spent its budget."""

    job_id: str
    front_size: int
    revisions: int


def seed_job(database: Database, count: int) -> Seeded:
    """A job that has spent a budget of so many trials."""
    job = planned(spec("searched", count))
    measured = list(trials(job, count))
    with database.write() as session:
        row, _ = submit(session, job, SEEDER, BEGAN, key=None, body_sha256="")
        goals = Goals.of(row)
        losses = goals.points([trial.values for trial in measured])
        session.execute(insert(TrialRow), list(_trial_rows(row.id, measured)))
        models = list(_model_rows(row.id, measured))
        front = _let_compete(row, models, losses)
        row.hypervolume = hypervolume(losses[front], goals.reference(row))
        session.execute(insert(ModelRow), models)
        session.execute(insert(FrontRevisionRow), list(_revisions(row)))
        session.execute(insert(EventRow), list(_events(row, count)))
        row.state, row.reason, row.finished_at = "succeeded", "budget_spent", BEGAN
        row.trials_total = row.trials_finished = count
        row.events += count
        return Seeded(row.id, row.front_size, row.front_revision)


def _let_compete(row: JobRow, models: list[dict[str, Any]], losses: Points) -> list[int]:
    """Fill in the revisions in which each model is on the front; the members at the end."""
    front: list[int] = []
    for number, model in enumerate(models):
        staying, joining = joined(losses[front], losses[number : number + 1])
        if not joining.any():
            continue
        row.front_revision += 1
        model["front_from"] = row.front_revision
        for member, stays in zip(front, staying, strict=True):
            if not stays:
                models[member]["front_until"] = row.front_revision
        front = [member for member, stays in zip(front, staying, strict=True) if stays]
        front.append(number)
    row.front_size = len(front)
    return front


LATENCY = Latency(min=0.5, median=0.6, p90=0.7, runs=250, reference=1.0).model_dump()


def _trial_rows(job_id: str, measured: list[Measured]) -> Iterator[dict[str, Any]]:
    for number, trial in enumerate(measured):
        yield {
            "job_id": job_id,
            "number": number,
            "state": "complete",
            "reason": "finished",
            "detail": None,
            "parameters": trial.parameters,
            "architecture": trial.architecture,
            "architecture_digest": trial.digest,
            "seed": number,
            "values": trial.values,
            "latency": LATENCY,
            "measured_attempt": 1,
            "attempts": 1,
            "created_at": BEGAN,
            "started_at": BEGAN,
            "finished_at": BEGAN,
        }


def _model_rows(job_id: str, measured: list[Measured]) -> Iterator[dict[str, Any]]:
    for number, trial in enumerate(measured):
        yield {
            "id": new_model_id(BEGAN + timedelta(milliseconds=number)),
            "job_id": job_id,
            "trial_number": number,
            "position": 0,
            "head": trial.head,
            "ranks": trial.ranks,
            "architecture": trial.architecture,
            "architecture_digest": trial.digest,
            "values": trial.values,
            "latency": LATENCY,
            "checkpoint": f"{number:064x}",
            "checkpoint_bytes": 4 * int(trial.values["params"]),
            "feasible": True,
            "front_from": None,
            "front_until": None,
            "created_at": BEGAN,
        }


def _revisions(row: JobRow) -> Iterator[dict[str, Any]]:
    for revision in range(1, row.front_revision + 1):
        yield {
            "job_id": row.id,
            "revision": revision,
            "at": BEGAN,
            "trials_finished": row.budget_trials,
            "hypervolume": row.hypervolume,
            "front_size": row.front_size,
        }


def _events(row: JobRow, count: int) -> Iterator[dict[str, Any]]:
    for sequence in range(row.events + 1, row.events + count + 1):
        yield {
            "job_id": row.id,
            "sequence": sequence,
            "kind": "trial.state",
            "body": {"number": sequence, "state": "complete"},
            "at": BEGAN,
        }
