"""What the database knows of the whole service, as gauges: few rows, whatever the number of trials."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import QueuePool, func, select
from sqlalchemy.orm import Session

from service.db.engine import Database
from service.db.tables import JobRow
from service.db.upkeep import journal_bytes
from service.jobs.ground import live_dispatchers
from service.lifecycle import OWNED, JobState
from service.queue.clusters import total_capacity
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric as it is now: values by labels, which are pairs of a name and a value."""

    name: str
    help: str
    values: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)


def read_gauges(session: Session, settings: Settings, at: datetime) -> Iterator[Gauge]:
    """The service at `at`."""
    yield from _jobs(session, at)
    yield from _fronts(session)
    yield from _trials(session)
    yield from _cluster(session, settings, at)
    stored = session.scalars(select(func.coalesce(func.sum(JobRow.stored_bytes), 0))).one()
    yield Gauge("tclsearch_stored_bytes", "Checkpoints of all models.", {(): float(stored)})


def _jobs(session: Session, at: datetime) -> Iterator[Gauge]:
    by_state = dict.fromkeys(JobState, 0.0)
    query = select(JobRow.state, func.count()).group_by(JobRow.state)
    by_state |= {JobState(state): float(count) for state, count in session.execute(query).all()}
    yield Gauge(
        "tclsearch_jobs",
        "Jobs by state.",
        {(("state", state.value),): count for state, count in by_state.items()},
    )
    oldest = session.scalar(
        select(func.min(JobRow.waiting_since)).where(JobRow.state == JobState.QUEUED)
    )
    waited = 0.0 if oldest is None else max(0.0, (at - oldest).total_seconds())
    yield Gauge(
        "tclsearch_queue_oldest_seconds",
        "How long the job has waited that waits the longest; 0 where none does.",
        {(): waited},
    )


def _fronts(session: Session) -> Iterator[Gauge]:
    """Of running jobs alone, of which there are as many as runners; their ids open nothing."""
    query = select(JobRow.id, JobRow.hypervolume, JobRow.front_size)
    rows = session.execute(query.where(JobRow.state == JobState.RUNNING)).all()
    yield Gauge(
        "tclsearch_job_hypervolume",
        "Hypervolume of each running job's front, in the units of its objectives.",
        {(("job", row.id),): row.hypervolume for row in rows},
    )
    yield Gauge(
        "tclsearch_job_front_size",
        "Models on each running job's front.",
        {(("job", row.id),): float(row.front_size) for row in rows},
    )


def _trials(session: Session) -> Iterator[Gauge]:
    sums = (JobRow.trials_finished, JobRow.trials_pruned, JobRow.trials_failed)
    row = session.execute(select(*(func.coalesce(func.sum(column), 0) for column in sums))).one()
    finished, pruned, failed = map(float, row)
    yield Gauge(
        "tclsearch_trials",
        "Trials that have ended, of all jobs that are kept, by how.",
        {
            (("state", "complete"),): finished - pruned - failed,
            (("state", "pruned"),): pruned,
            (("state", "failed"),): failed,
        },
    )


def _cluster(session: Session, settings: Settings, at: datetime) -> Iterator[Gauge]:
    live = live_dispatchers(session, settings, at)
    offered = total_capacity(live)
    yield Gauge("tclsearch_dispatchers", "Dispatchers heard of lately.", {(): float(len(live))})
    yield Gauge(
        "tclsearch_cluster_cpus",
        "CPUs that the clusters of these dispatchers offer to trials.",
        {(): offered.cpus},
    )
    yield Gauge(
        "tclsearch_cluster_gpus",
        "GPUs that the clusters of these dispatchers offer to trials.",
        {(): offered.gpus},
    )
    granted = select(func.coalesce(func.sum(JobRow.slots * JobRow.cpus), 0))
    cpus = session.scalars(granted.where(JobRow.state.in_(OWNED))).one()
    yield Gauge("tclsearch_granted_cpus", "CPUs that running jobs may use.", {(): float(cpus)})


def read_pool(database: Database) -> Iterator[Gauge]:
    """This process's connections, and SQLite's journal; nothing is asked of the database."""
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    yield Gauge(
        "tclsearch_database_connections",
        "Connections of this process, by whether a transaction has them.",
        {
            (("state", "in_use"),): float(pool.checkedout()),
            (("state", "idle"),): float(pool.checkedin()),
        },
    )
    if database.engine.dialect.name == "sqlite":
        yield Gauge(
            "tclsearch_database_journal_bytes",
            "SQLite's write-ahead log.",
            {(): float(journal_bytes(database))},
        )
