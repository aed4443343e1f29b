"""Slots of jobs in the database: who contends for them, who waits, and what each was granted.

`service.queue.slots` decides; this reads what it decides by and writes what it decided.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from searchspace.spec import MAX_PRIORITY
from service.db.tables import DeviceRow, JobRow
from service.lifecycle import OWNED, Desired, JobState
from service.queue.slots import Capacity, Contender, Held, line

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_jobs = JobRow.__table__.c
_URGENCY = (_jobs.priority + _jobs.boost).label("urgency")
_KIND = (
    *(_jobs.team, _jobs.owner, _URGENCY),
    *(_jobs.cpus, _jobs.gpus, _jobs.custom, _jobs.concurrency),
)
_CONTENDERS = select(
    _jobs.id,
    *_KIND,
    _jobs.budget_trials - _jobs.trials_finished + _jobs.extras_left,
    _jobs.slots,
    _jobs.desired,
)
_devices = DeviceRow.__table__.c
_DEVICE_THERE = or_(
    _jobs.device.is_(None),
    exists().where(
        _devices.team == _jobs.team,
        _devices.profile == _jobs.device,
        _devices.seen_at >= bindparam("devices_since"),
    ),
)
_OWNED = _CONTENDERS.add_columns(_DEVICE_THERE).where(_jobs.state.in_(OWNED))
_OWNED_OF_CLUSTER = _OWNED.where(_jobs.cluster == bindparam("cluster"))
_QUEUED = _jobs.state == JobState.QUEUED.value
# Of these columns `ix_jobs_turn` holds all.
_LINE = select(_jobs.id, *_KIND).where(_QUEUED)
_GRANT = (
    update(JobRow.__table__)
    .where(_jobs.id == bindparam("of_job"), or_(*(_jobs.state == state for state in OWNED)))
    .values(slots=bindparam("granted"), waiting_since=bindparam("since"))
)


def owned(
    session: Session, cluster: str | None = None, devices_since: datetime = LONG_AGO
) -> list[Contender]:
    """The jobs in the hands of runners: of one cluster, or of all.

    devices_since: a job wants nothing while the device that measures for it was not heard of since.
    """
    query = _OWNED if cluster is None else _OWNED_OF_CLUSTER
    values: dict[str, Any] = {"devices_since": devices_since}
    if cluster is not None:
        values["cluster"] = cluster
    rows = session.connection().execute(query, values).all()
    return [_owned_contender(row) for row in rows]


def waiting(session: Session) -> list[Contender]:
    """Every queued job."""
    return [Contender(*row) for row in session.connection().execute(_LINE).all()]


def next_in_line(
    session: Session,
    datasets: Iterable[str],
    barred: Collection[str],
    running: Iterable[Contender],
    capacity: Capacity,
    devices_since: datetime = LONG_AGO,
) -> Iterator[Contender]:
    """The queued jobs that may be claimed, in the order of their turn: the oldest of each kind.

    datasets: keys of what the cluster has. barred: teams that may run nothing more.
    devices_since: jobs whose device was not heard of since are passed over.
    """
    held = Held(capacity)
    for job in running:
        held.add(job, job.slots)
    values = {"devices_since": devices_since}
    heads = session.connection().execute(_heads(datasets, barred), values).all()
    return line([Contender(*row) for row in heads], held)


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
    """Where the oldest of a kind finds no slot its likes find none; so one of each is enough."""
    query = select(func.min(_jobs.id), *_KIND)
    return query.where(
        _QUEUED, _jobs.dataset_key.in_(datasets), _jobs.team.not_in(barred), _DEVICE_THERE
    ).group_by(*_KIND)


def _owned_contender(row: Sequence[Any]) -> Contender:
    job_id, team, owner, urgency, cpus, gpus, custom, concurrency, *rest = row
    trials, slots, desired, there = rest
    # Never none, for a job with nothing left to run ends only when its runner may look. But one
    # that people want no more is leaving: what it holds comes free in a moment.
    # One whose device is away could only wait for it.
    wanted = max(1, min(concurrency, trials)) if desired == Desired.RUN and there else 0
    return Contender(job_id, team, owner, urgency, cpus, gpus, custom, wanted, slots)
