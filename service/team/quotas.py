"""What a team may take up at once, and how much of it is taken."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Session

from searchspace.architecture import Frozen
from service.db.engine import lock_name
from service.db.tables import JobRow, TeamRow
from service.errors import Forbidden
from service.lifecycle import OWNED, JobState

# Every post asks this one, so it is built once and on the bare table, as in `service.trials.recall`.
_teams = TeamRow.__table__.c
_QUOTAS = select(_teams.quotas).where(_teams.name == bindparam("team"))

Limit = Annotated[int, Field(strict=True, ge=0, le=2**53)] | None


class Quotas(Frozen):
    """Most of each kind at once; null for as many as there are.

    running_jobs: jobs that runners drive; further ones wait in the queue.
    queued_jobs: jobs that wait; further ones are refused when they are posted.
    slots: CPUs that its trials take; further slots go to other teams.
    stored_bytes: of its models' checkpoints; beyond, no job is taken and none begins.
    """

    running_jobs: Limit = None
    slots: Limit = None
    queued_jobs: Limit = None
    stored_bytes: Limit = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a team takes up of each quota now."""

    running_jobs: int = 0
    slots: float = 0.0
    queued_jobs: int = 0
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a team may post another job, by what it has queued and stored."""

    limits: Quotas
    queued_jobs: int
    stored_bytes: int

    @property
    def allowed(self) -> bool:
        return self.reason is None

    @property
    def reason(self) -> str | None:
        limit = self.limits.queued_jobs
        if limit is not None and self.queued_jobs >= limit:
            return f"the team has {self.queued_jobs} jobs queued, and its quota is {limit}"
        return _overfull(self.stored_bytes, self.limits.stored_bytes)


class Barrier(StrEnum):
    """A quota that keeps a team's queued jobs from beginning."""

    RUNNING_JOBS = "quota_running_jobs"
    STORED_BYTES = "quota_stored_bytes"


@dataclass(frozen=True, slots=True)
class Barred:
    barrier: Barrier
    reason: str


def find_room(session: Session, team: str) -> Room:
    limits = _limits_of(session, team)
    waiting = select(func.count()).where(JobRow.team == team, JobRow.state == JobState.QUEUED)
    return Room(limits, session.scalars(waiting).one(), stored_bytes(session, team))


def uses(session: Session, teams: Collection[str]) -> dict[str, Use]:
    """What each of some teams takes up, in one question."""
    running = JobRow.state.in_([state.value for state in OWNED])
    query = (
        select(
            JobRow.team,
            func.sum(case((running, 1), else_=0)),
            func.sum(case((running, JobRow.slots * JobRow.cpus), else_=0.0)),
            func.sum(case((JobRow.state == JobState.QUEUED.value, 1), else_=0)),
            func.sum(JobRow.stored_bytes),
        )
        .where(JobRow.team.in_(teams))
        .group_by(JobRow.team)
    )
    found = {
        team: Use(int(jobs), float(slots), int(queued), int(stored))
        for team, jobs, slots, queued, stored in session.execute(query)
    }
    return {team: found.get(team, Use()) for team in teams}


def require_room(session: Session, team: str) -> None:
    """Let nothing past that the team's quotas do not hold.

    Raises:
        Forbidden: `quota`.
    """
    limits = _limits_of(session, team)
    if limits.queued_jobs is None and limits.stored_bytes is None:
        return
    # Two posts at once: the second counts again, with the first one's job.
    lock_name(session, f"queued jobs of {team}")
    room = find_room(session, team)
    if room.reason is not None:
        raise Forbidden(room.reason, code="quota")


def barriers(session: Session) -> dict[str, Barred]:
    """The teams of which no further job may begin now, and why."""
    limits = _limits(session)
    running: dict[str, int] = {}
    if any(limit.running_jobs is not None for limit in limits.values()):
        running = _sum_by_team(session, func.count(), JobRow.state.in_(OWNED))
    found = {}
    for team, limit in limits.items():
        most = limit.running_jobs
        if most is not None and running.get(team, 0) >= most:
            reason = f"the team runs as many jobs as its quota allows, which is {most}"
            found[team] = Barred(Barrier.RUNNING_JOBS, reason)
        elif limit.stored_bytes is not None:
            overfull = _overfull(stored_bytes(session, team), limit.stored_bytes)
            if overfull is not None:
                found[team] = Barred(Barrier.STORED_BYTES, overfull)
    return found


def slot_limits(session: Session, cluster: str | None = None) -> dict[str, float]:
    """CPUs that teams with a quota of slots may take: on one cluster beside the others, or in all."""
    limits = {
        team: float(limit.slots)
        for team, limit in _limits(session).items()
        if limit.slots is not None
    }
    if limits and cluster is not None:
        elsewhere = (JobRow.state.in_(OWNED), JobRow.cluster != cluster)
        taken = _sum_by_team(session, func.sum(JobRow.slots * JobRow.cpus), *elsewhere)
        limits = {team: limit - taken.get(team, 0) for team, limit in limits.items()}
    return limits


def stored_bytes(session: Session, team: str) -> int:
    """What the checkpoints of the team's models take up."""
    total = select(func.coalesce(func.sum(JobRow.stored_bytes), 0)).where(JobRow.team == team)
    # PostgreSQL adds up to a Decimal.
    return int(session.scalars(total).one())


def _limits_of(session: Session, team: str) -> Quotas:
    quotas = session.connection().execute(_QUOTAS, {"team": team}).scalar_one()
    return Quotas.model_validate(quotas)


def _limits(session: Session) -> dict[str, Quotas]:
    rows = session.execute(select(TeamRow.name, TeamRow.quotas)).all()
    return {name: Quotas.model_validate(quotas) for name, quotas in rows if quotas}


def _sum_by_team(
    session: Session, amount: ColumnElement[Any], *of: ColumnElement[bool]
) -> dict[str, Any]:
    query = select(JobRow.team, amount).where(*of).group_by(JobRow.team)
    return dict(session.execute(query).all())


def _overfull(stored: int, limit: int | None) -> str | None:
    if limit is None or stored < limit:
        return None
    return f"the team's models take up {stored} bytes, and its quota is {limit}"
