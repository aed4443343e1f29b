"""Where jobs stand in the one queue of all teams: their turn, why they wait, and for how long."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, load_only

from searchspace.datasets import BUNDLED
from searchspace.spec import JobSpec
from service.db.tables import DispatcherRow, JobRow, TrialRow
from service.lifecycle import OWNED, JobState, TrialState
from service.queue.allotment import owned, waiting
from service.queue.clusters import total_capacity
from service.queue.forecast import Load, starts
from service.queue.pace import recent_paces, work_left
from service.queue.slots import Capacity, Contender, Held, line
from service.team.quotas import Barred, Barrier, barriers, slot_limits
from service.trials.extras import planned

AFTER_ALL = "job_~"
"""An id younger than any: of a job that is not posted yet."""
FORECAST = 1000
"""So many of the line have their start estimated."""
_jobs = JobRow.__table__.c
_URGENCY = _jobs.priority + _jobs.boost
_AHEAD = select(func.count()).where(
    _jobs.state == JobState.QUEUED.value,
    or_(
        bindparam("urgency") < _URGENCY,
        and_(bindparam("urgency") == _URGENCY, _jobs.id < bindparam("job_id")),
    ),
)
_SHOWN = load_only(
    JobRow.id,
    JobRow.name,
    JobRow.team,
    JobRow.owner,
    JobRow.priority,
    JobRow.boost,
    JobRow.dataset_key,
    JobRow.cpus,
    JobRow.device,
)


class Why(StrEnum):
    """Why a job waits."""

    NO_DISPATCHER = "no_dispatcher"
    DATASET_ABSENT = "dataset_absent"
    DEVICE_AWAY = "device_away"
    QUOTA_RUNNING_JOBS = Barrier.RUNNING_JOBS.value
    QUOTA_STORED_BYTES = Barrier.STORED_BYTES.value
    QUOTA_SLOTS = "quota_slots"
    BEHIND_OTHERS = "behind_others"
    NO_FREE_SLOT = "no_free_slot"
    NEXT = "next"


HOPELESS = frozenset(
    {Why.NO_DISPATCHER, Why.DATASET_ABSENT, Why.DEVICE_AWAY, Why.QUOTA_STORED_BYTES}
)
"""Nobody can tell when such a job begins."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who was heard of lately: dispatchers, and by their profiles the team's devices."""

    dispatchers: Sequence[DispatcherRow]
    devices: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A queued job, its place counted from 1, why it waits, and its owner's part of the slots."""

    job: JobRow
    position: int
    why: Why
    reason: str
    owner_slots: float
    estimated_start: datetime | None


@dataclass(frozen=True, slots=True)
class Prospect:
    """Where a job would stand that is not posted yet."""

    position: int
    estimated_start: datetime | None


def whole_line(session: Session) -> list[Contender]:
    """Every queued job, in the order of their turn."""
    queued = waiting(session)
    return list(line(queued, _held(owned(session), Capacity()))) if queued else []


def positions(session: Session) -> dict[str, int]:
    """Place of every queued job by id, counted from 1."""
    return places(whole_line(session))


def place_at_latest(session: Session, job: JobRow) -> int:
    """Place of a queued job behind all that are as urgent and older, whoever they belong to."""
    values = {"urgency": job.priority + job.boost, "job_id": job.id}
    return session.connection().execute(_AHEAD, values).scalar_one() + 1


def queued(
    session: Session, team: str, ground: Heard, at: datetime, most: int
) -> tuple[list[Standing], int]:
    """The team's queued jobs, the next one first, `most` at most; and how many there are."""
    outlook = _Outlook.of(session, ground.dispatchers, at)
    own = [job.job_id for job in outlook.line if job.team == team]
    query = select(JobRow).options(_SHOWN).where(JobRow.id.in_(own[:most]))
    jobs = sorted(session.scalars(query), key=lambda job: outlook.places[job.id])
    barred = barriers(session).get(team)
    return [outlook.standing(job, ground, barred) for job in jobs], len(own)


def prospect(
    session: Session,
    spec: JobSpec,
    team: str,
    owner: str,
    dispatchers: Sequence[DispatcherRow],
    at: datetime,
) -> Prospect:
    """Where a job would stand if it were posted now."""
    asked = spec.resources
    job = Contender(
        *(AFTER_ALL, team, owner, spec.priority),
        *(asked.cpus, asked.gpus, asked.custom, asked.concurrency),
    )
    pace = recent_paces(session, at).get(spec.dataset.key)
    trials = spec.budget.trials + planned(spec)
    work = None if pace is None else pace * trials * spec.budget.training_epochs
    outlook = _Outlook.of(session, dispatchers, at, Load(job, work))
    return Prospect(outlook.places[AFTER_ALL], outlook.start(AFTER_ALL))


def running(session: Session, team: str) -> Sequence[JobRow]:
    """The team's jobs that a runner drives, newest first."""
    query = select(JobRow).where(
        JobRow.team == team, JobRow.state.in_([state.value for state in OWNED])
    )
    return session.scalars(query.order_by(JobRow.id.desc())).all()


def slots(session: Session, dispatchers: Sequence[DispatcherRow]) -> tuple[int, int]:
    """Whole CPUs of the live clusters, and how many of them running trials take."""
    total = int(total_capacity(dispatchers).cpus)
    busy = (
        select(JobRow.cpus, func.count())
        .join(TrialRow, TrialRow.job_id == JobRow.id)
        .where(JobRow.state.in_(OWNED), TrialRow.state == TrialState.RUNNING.value)
        .group_by(JobRow.id)
    )
    return total, math.ceil(sum(cpus * count for cpus, count in session.execute(busy)))


@dataclass(frozen=True, slots=True)
class _Outlook:
    """The whole line at one moment. starts: seconds until a job begins, where anything tells."""

    at: datetime
    line: Sequence[Contender]
    places: Mapping[str, int]
    starts: Mapping[str, float]
    owner_slots: Mapping[tuple[str, str], float]
    team_room: Mapping[str, float]

    @classmethod
    def of(
        cls,
        session: Session,
        dispatchers: Sequence[DispatcherRow],
        at: datetime,
        newcomer: Load | None = None,
    ) -> "_Outlook":
        capacity, limits = total_capacity(dispatchers), slot_limits(session)
        holders = owned(session)
        queue = waiting(session) + ([newcomer.job] if newcomer else [])
        in_line = list(line(queue, _held(holders, capacity)))
        ahead = in_line[:FORECAST]
        work = work_left(session, [job.job_id for job in (*holders, *ahead)], at)
        if newcomer is not None and newcomer.slot_seconds is not None:
            work[newcomer.job.job_id] = newcomer.slot_seconds
        held = [Load(job, work.get(job.job_id)) for job in holders]
        to_come = [Load(job, work.get(job.job_id)) for job in ahead]
        of_owners: defaultdict[tuple[str, str], float] = defaultdict(float)
        of_teams: defaultdict[str, float] = defaultdict(float)
        for job in holders:
            of_owners[job.team, job.owner] += job.slots * job.cpus
            of_teams[job.team] += job.slots * job.cpus
        return cls(
            at=at,
            line=in_line,
            places=places(in_line),
            starts=starts(capacity, held, to_come, limits) if dispatchers else {},
            owner_slots=of_owners,
            team_room={team: limit - of_teams[team] for team, limit in limits.items()},
        )

    def start(self, job_id: str) -> datetime | None:
        seconds = self.starts.get(job_id)
        return None if seconds is None else self.at + timedelta(seconds=round(seconds))

    def standing(self, job: JobRow, ground: Heard, barred: Barred | None) -> Standing:
        why, reason = self._why(job, ground, barred)
        return Standing(
            job=job,
            position=self.places[job.id],
            why=why,
            reason=reason,
            owner_slots=self.owner_slots.get((job.team, job.owner), 0.0),
            estimated_start=None if why in HOPELESS else self.start(job.id),
        )

    def _why(self, job: JobRow, ground: Heard, barred: Barred | None) -> tuple[Why, str]:
        position, key = self.places[job.id], job.dataset_key
        if not ground.dispatchers:
            return Why.NO_DISPATCHER, "no dispatcher is alive"
        reported = {info["key"] for row in ground.dispatchers for info in row.datasets}
        if key not in BUNDLED | reported:
            return Why.DATASET_ABSENT, f"no live cluster has data set {key}"
        if job.device is not None and job.device not in ground.devices:
            return (
                Why.DEVICE_AWAY,
                f"the agent of device {job.device} has not been heard of lately",
            )
        if barred is not None:
            return Why(barred.barrier.value), barred.reason
        if self.team_room.get(job.team, math.inf) < job.cpus:
            return Why.QUOTA_SLOTS, "the team's running jobs hold all slots of its quota"
        if self.starts.get(job.id) == 0.0:
            return Why.NEXT, "next: a slot is there for it"
        if position > 1:
            return Why.BEHIND_OTHERS, f"{position - 1} of the queue go first"
        return Why.NO_FREE_SLOT, (
            "next, as soon as a slot is free: jobs as urgent as this one hold all of them"
        )


def _held(holders: Sequence[Contender], capacity: Capacity) -> Held:
    held = Held(capacity)
    for job in holders:
        held.add(job, job.slots)
    return held


def places(in_line: Iterable[Contender]) -> dict[str, int]:
    """Place of each job of a line by id, counted from 1."""
    return {job.job_id: place for place, job in enumerate(in_line, start=1)}
