"""Slots of jobs in the database: who contends for them, who waits, and what each was granted.

`service.slots` decides; this reads what it decides by and writes what it decided.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from searchspace.spec import MAX_PRIORITY
from service.db.tables import JobRow
from service.lifecycle import OWNED, Desired, JobState
from service.slots import Capacity, Contender, Held, line

HEADS = 16
"""Of each owner's waiting jobs, so many are looked at in one claim."""

_jobs = JobRow.__table__.c
_URGENCY = _jobs.priority + _jobs.boost
_CONTENDERS = select(
    _jobs.id,
    _jobs.team,
    _jobs.owner,
    _URGENCY.label("urgency"),
    _jobs.spec["resources"].label("resources"),
    _jobs.budget_trials,
    _jobs.trials_finished,
    _jobs.desired,
    _jobs.slots,
)
_OWNED = _CONTENDERS.where(_jobs.state.in_(OWNED))
_OWNED_OF_CLUSTER = _OWNED.where(_jobs.cluster == bindparam("cluster"))
_WAITING = _CONTENDERS.where(_jobs.state == JobState.QUEUED.value)
_GRANT = (
    update(JobRow.__table__)
    .where(_jobs.id == bindparam("of_job"), or_(*(_jobs.state == state for state in OWNED)))
    .values(slots=bindparam("granted"), waiting_since=bindparam("since"))
)


def contender(
    job_id: str, team: str, owner: str, urgency: int, resources: Mapping[str, Any], trials: int
) -> Contender:
    """A job that waits. trials: how many it has still to finish."""
    return Contender(
        job_id=job_id,
        team=team,
        owner=owner,
        priority=urgency,
        cpus=resources["cpus"],
        gpus=resources["gpus"],
        # Never none: a job with nothing left to run ends only when its runner may look.
        wanted=max(1, min(resources["concurrency"], trials)),
    )


def owned(session: Session, cluster: str | None = None) -> list[Contender]:
    """The jobs in the hands of runners: of one cluster, or of all."""
    query = _OWNED if cluster is None else _OWNED_OF_CLUSTER
    values = {} if cluster is None else {"cluster": cluster}
    return [_contender(row) for row in session.connection().execute(query, values).mappings()]


def waiting(session: Session) -> list[Contender]:
    """Every queued job."""
    return [_contender(row) for row in session.connection().execute(_WAITING).mappings()]


def next_in_line(
    session: Session,
    datasets: Iterable[str],
    barred: Collection[str],
    running: Iterable[Contender],
    capacity: Capacity,
) -> Iterator[Contender]:
    """The queued jobs that may be claimed, in the order of their turn.

    datasets: keys of what the cluster has. barred: teams that may run nothing more.
    """
    held = Held(capacity)
    for job in running:
        held.add(job, job.slots)
    heads = session.connection().execute(_heads(datasets, barred)).mappings()
    return line([_contender(row) for row in heads], held)


def grant(
    session: Session, jobs: Iterable[Contender], slots: Mapping[str, int], at: datetime
) -> None:
    """Store what owned jobs were granted; one that is left without any begins to wait."""
    rows = [
        {"of_job": job.job_id, "granted": granted, "since": None if granted else at}
        # In one order, so that two transactions never wait for each other.
        for job in sorted(jobs, key=lambda job: job.job_id)
        if (granted := slots[job.job_id]) != job.slots
    ]
    if rows:
        session.connection().execute(_GRANT, rows)


def age(session: Session, at: datetime, ageing_seconds: float) -> None:
    """Jobs that have waited long enough gain one in priority, up to the highest there is."""
    before = at - timedelta(seconds=ageing_seconds)
    session.connection().execute(
        update(JobRow.__table__)
        .where(
            _jobs.state.in_([JobState.QUEUED.value, *OWNED]),
            _jobs.waiting_since <= before,
            _URGENCY < MAX_PRIORITY,
        )
        .values(boost=_jobs.boost + 1, waiting_since=at)
    )


def _heads(datasets: Iterable[str], barred: Collection[str]) -> Select[Any]:
    """The first few of each owner's queued jobs: enough to find who is next, however many wait."""
    turn = func.row_number().over(
        partition_by=(_jobs.team, _jobs.owner), order_by=(_URGENCY.desc(), _jobs.id)
    )
    ranked = (
        select(_jobs.id, turn.label("turn"))
        .where(
            _jobs.state == JobState.QUEUED.value,
            JobRow.dataset["key"].as_string().in_(datasets),
            _jobs.team.not_in(barred),
        )
        .subquery()
    )
    return _CONTENDERS.join(ranked, ranked.c.id == _jobs.id).where(ranked.c.turn <= HEADS)


def _contender(row: Mapping[Any, Any]) -> Contender:
    trials = row["budget_trials"] - row["trials_finished"]
    job = contender(row["id"], row["team"], row["owner"], row["urgency"], row["resources"], trials)
    # The runner of a job that people want no more is leaving: what it holds comes free in a moment.
    wanted = job.wanted if row["desired"] == Desired.RUN else 0
    return replace(job, slots=row["slots"], wanted=wanted)
