"""What lists of a team's jobs, of the queue and of the cluster show, as seen at one moment.

Two pictures, a moment apart, tell what has changed: so nothing has to be written for it, and a look
costs the same however many follow.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from service.db.tables import AuditRow, JobRow
from service.jobs.ground import live_dispatchers
from service.lifecycle import OWNED, TERMINAL, JobState
from service.queue.standing import slots
from service.settings import Settings

NEWEST = 200
"""So many of a team's jobs are looked at though they have ended: what lists begin with."""
_UNDER_WAY = [state.value for state in JobState if state not in TERMINAL]
_IN_LINE = [JobState.QUEUED.value, *sorted(state.value for state in OWNED)]
_jobs = JobRow.__table__.c
_audit = AuditRow.__table__.c
_LINE = select(
    _jobs.id, _jobs.state, _jobs.desired, _jobs.priority, _jobs.boost, _jobs.slots
).where(_jobs.state.in_(_IN_LINE))
_SHOWN = (
    _jobs.id,
    _jobs.state,
    _jobs.events,
    _jobs.desired,
    _jobs.priority,
    _jobs.budget_trials,
    _jobs.wall_clock_seconds,
    _jobs.tags,
)
_OF_TEAM = select(*_SHOWN).where(_jobs.team == bindparam("team"))
_GOING_ON = _OF_TEAM.where(_jobs.state.in_(_UNDER_WAY))
_LATEST = _OF_TEAM.order_by(_jobs.id.desc()).limit(NEWEST)
_LAST_CHANGE = select(func.max(_audit.id)).where(_audit.team == bindparam("team"))


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for every team. line: of the jobs that run or wait, all that orders them.

    slots: how many there are, and how many are busy. cluster: what the live dispatchers offer.
    """

    line: frozenset[tuple[object, ...]]
    slots: tuple[int, int]
    cluster: Hashable


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a job looks like in a list; rest: whatever changes without its state."""

    state: str
    rest: Hashable


@dataclass(frozen=True, slots=True)
class Picture:
    """What a team's lists show. change: of all that its people did the latest, by the audit."""

    house: House
    jobs: Mapping[str, Stamp]
    change: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Between two pictures: ids of the jobs that have changed, and whether the other lists have.

    unseen: those that are deleted, or have ended long ago by now.
    """

    jobs: Sequence[str]
    unseen: Sequence[str]
    queue: bool
    slots: bool
    cluster: bool
    team: bool


def look_at_house(session: Session, settings: Settings, at: datetime) -> House:
    dispatchers = live_dispatchers(session, settings, at)
    return House(
        line=frozenset(map(tuple, session.connection().execute(_LINE))),
        slots=slots(session, dispatchers),
        cluster=frozenset(
            (row.id, row.cluster, dumps([row.nodes, row.datasets])) for row in dispatchers
        ),
    )


def look_at_team(session: Session, team: str, house: House) -> Picture:
    connection, values = session.connection(), {"team": team}
    jobs = {
        job_id: Stamp(state, (*rest, dumps(tags)))
        # Two statements, because either has an index and both together have none.
        for query in (_GOING_ON, _LATEST)
        for job_id, state, *rest, tags in connection.execute(query, values)
    }
    return Picture(house, jobs, connection.execute(_LAST_CHANGE, values).scalar_one())


def differences(before: Picture, now: Picture) -> Changes:
    """What has changed from one picture to the next, the oldest jobs first."""
    return Changes(
        jobs=sorted(_changed(before.jobs, now.jobs)),
        unseen=sorted(before.jobs.keys() - now.jobs.keys()),
        queue=before.house.line != now.house.line or before.house.cluster != now.house.cluster,
        slots=before.house.slots != now.house.slots,
        cluster=before.house.cluster != now.house.cluster,
        team=before.change != now.change,
    )


def _changed(before: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> Collection[str]:
    return [job_id for job_id, stamp in now.items() if before.get(job_id) != stamp]
