"""What a team may take up at once, and how much of it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchspace.architecture import Frozen
from service.db.engine import lock_name
from service.db.tables import JobRow, TeamRow
from service.errors import Forbidden
from service.lifecycle import OWNED, JobState

Limit = Annotated[int, Field(strict=True, ge=0, le=2**53)] | None


class Quotas(Frozen):
    """Most of each kind at once; null for as many as there are.

    running_jobs: jobs that runners drive; further ones wait in the queue.
    queued_jobs: jobs that wait; further ones are refused when they are posted.
    slots: trials of one CPU; kept, and not yet held to.
    stored_bytes: checkpoints and what else is downloaded; kept, and not yet held to.
    """

    running_jobs: Limit = None
    slots: Limit = None
    queued_jobs: Limit = None
    stored_bytes: Limit = None


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a team may post another job, by what it has queued."""

    limits: Quotas
    queued_jobs: int

    @property
    def allowed(self) -> bool:
        return self.reason is None

    @property
    def reason(self) -> str | None:
        limit = self.limits.queued_jobs
        if limit is None or self.queued_jobs < limit:
            return None
        return f"the team has {self.queued_jobs} jobs queued, and its quota is {limit}"


def find_room(session: Session, team: str) -> Room:
    limits = Quotas.model_validate(session.get_one(TeamRow, team).quotas)
    waiting = select(func.count()).where(JobRow.team == team, JobRow.state == JobState.QUEUED)
    return Room(limits, session.scalars(waiting).one())


def require_room(session: Session, team: str) -> None:
    """Let nothing past that the team's quota of queued jobs does not hold.

    Raises:
        Forbidden: `quota`.
    """
    if find_room(session, team).limits.queued_jobs is None:
        return
    # Two posts at once: the second counts again, with the first one's job.
    lock_name(session, f"queued jobs of {team}")
    room = find_room(session, team)
    if room.reason is not None:
        raise Forbidden(room.reason, code="quota")


def full_teams(session: Session) -> Mapping[str, int]:
    """The teams of which no further job may run now, each with its quota of running jobs."""
    rows = session.execute(select(TeamRow.name, TeamRow.quotas)).all()
    limits = {name: Quotas.model_validate(quotas).running_jobs for name, quotas in rows}
    limited = {name: limit for name, limit in limits.items() if limit is not None}
    if not limited:
        return {}
    running = dict(
        session.execute(
            select(JobRow.team, func.count())
            .where(JobRow.state.in_(OWNED), JobRow.team.in_(limited))
            .group_by(JobRow.team)
        ).all()
    )
    return {name: limit for name, limit in limited.items() if running.get(name, 0) >= limit}
