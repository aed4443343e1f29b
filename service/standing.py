"""Where jobs stand in the one queue: highest priority first, then oldest, over all teams."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchspace.datasets import BUNDLED
from service.clusters import capacity
from service.db.tables import DispatcherRow, JobRow, TrialRow
from service.lifecycle import OWNED, JobState, TrialState
from service.quotas import full_teams


@dataclass(frozen=True, slots=True)
class Standing:
    """A queued job, its place counted from 1, and why it waits."""

    job: JobRow
    position: int
    reason: str


def positions(session: Session) -> dict[str, int]:
    """Place of every queued job by id, counted from 1."""
    query = (
        select(JobRow.id)
        .where(JobRow.state == JobState.QUEUED.value)
        .order_by(JobRow.priority.desc(), JobRow.id)
    )
    return {job_id: place for place, job_id in enumerate(session.scalars(query), start=1)}


def position_of_next(session: Session, priority: int) -> int:
    """The place that a job of `priority` would get if it were posted now."""
    ahead = select(func.count()).where(
        JobRow.state == JobState.QUEUED.value, JobRow.priority >= priority
    )
    return session.scalars(ahead).one() + 1


def queued(session: Session, team: str, dispatchers: Sequence[DispatcherRow]) -> list[Standing]:
    """The team's queued jobs, the next one first."""
    places = positions(session)
    query = select(JobRow).where(JobRow.team == team, JobRow.state == JobState.QUEUED.value)
    jobs = sorted(session.scalars(query), key=lambda job: places[job.id])
    running = full_teams(session).get(team)
    return [
        Standing(job, places[job.id], _why(job, places[job.id], dispatchers, running))
        for job in jobs
    ]


def owned(session: Session, team: str) -> Sequence[JobRow]:
    """The team's jobs that a runner drives, newest first."""
    query = select(JobRow).where(
        JobRow.team == team, JobRow.state.in_([state.value for state in OWNED])
    )
    return session.scalars(query.order_by(JobRow.id.desc())).all()


def slots(session: Session, dispatchers: Sequence[DispatcherRow]) -> tuple[int, int]:
    """Whole CPUs of the live clusters, and how many of them running trials take."""
    clusters = {dispatcher.cluster for dispatcher in dispatchers}
    total = sum(int(capacity(session, cluster).cpus) for cluster in clusters)
    running = (
        select(JobRow.spec, func.count())
        .join(TrialRow, TrialRow.job_id == JobRow.id)
        .where(TrialRow.state == TrialState.RUNNING.value)
        .group_by(JobRow.id)
    )
    busy = sum(spec["resources"]["cpus"] * count for spec, count in session.execute(running))
    return total, math.ceil(busy)


def _why(
    job: JobRow, position: int, dispatchers: Sequence[DispatcherRow], full: int | None
) -> str:
    if not dispatchers:
        return "no dispatcher is alive"
    key = job.dataset["key"]
    reported = {info["key"] for dispatcher in dispatchers for info in dispatcher.datasets}
    if key not in BUNDLED | reported:
        return f"no live cluster has data set {key}"
    if full is not None:
        return f"the team runs as many jobs as its quota allows, which is {full}"
    if position > 1:
        return f"{position - 1} of the queue go first"
    return "next, as soon as a running job ends"
