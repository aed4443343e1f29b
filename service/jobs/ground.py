"""What jobs can be built on now: the data sets that are there, and the nodes that run trials."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from searchspace.datasets import DatasetInfo
from service.db.tables import DeviceRow, DispatcherRow
from service.jobs.catalogue import available
from service.protocol import Node
from service.settings import Settings

# Every post asks these, so they are built once.
_NEWEST_FIRST = select(DispatcherRow).order_by(DispatcherRow.seen_at.desc())
_LIVE = _NEWEST_FIRST.where(DispatcherRow.seen_at >= bindparam("since"))
_LATEST = _NEWEST_FIRST.limit(1)
_PROFILES = select(DeviceRow.profile).where(DeviceRow.team == bindparam("team"))

REMEMBERED_SECONDS = 0.5
MAX_TEAMS = 1000


@dataclass(frozen=True, slots=True)
class Ground:
    """Data sets by key, the nodes of every cluster, and the profiles of the team's devices."""

    datasets: Mapping[str, DatasetInfo]
    nodes: Sequence[Node]
    devices: frozenset[str] = frozenset()


class Grounds:
    """What this process found a moment ago, by team, so that a burst of posts looks once.

    Enough to take a job, which could as well have been posted then; never enough to refuse one.

    now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: dict[str, tuple[Ground, float]] = {}

    def of(self, team: str) -> Ground | None:
        ground, until = self._until.get(team, (None, 0.0))
        return ground if self._now() < until else None

    def keep(self, team: str, ground: Ground) -> None:
        if len(self._until) >= MAX_TEAMS:
            self._until.clear()
        self._until[team] = (ground, self._now() + REMEMBERED_SECONDS)


def survey(session: Session, settings: Settings, at: datetime, team: str) -> Ground:
    """The ground at `at`, for jobs of a team.

    Nodes are those of the live dispatchers; while all are away, those of the last one heard of,
    which may come back; before any was ever heard of, this machine, whose own is starting.
    """
    live = live_dispatchers(session, settings, at)
    heard = live or session.scalars(_LATEST).all()
    nodes = [Node.model_validate(node) for row in heard for node in row.nodes]
    profiles = session.connection().execute(_PROFILES, {"team": team})
    return Ground(
        datasets=_datasets(settings, live),
        nodes=nodes or [_this_machine()],
        devices=frozenset(profiles.scalars()),
    )


def _this_machine() -> Node:
    return Node(cpus=os.cpu_count() or 1, gpus=0, executorch=find_spec("executorch") is not None)


def survey_datasets(
    session: Session, settings: Settings, at: datetime
) -> Mapping[str, DatasetInfo]:
    """The data sets at `at`, by key."""
    return _datasets(settings, live_dispatchers(session, settings, at))


def live_devices(session: Session, settings: Settings, at: datetime, team: str) -> frozenset[str]:
    """Profiles of the team's devices whose agents were heard of lately."""
    since = at - timedelta(seconds=settings.device_alive_seconds)
    query = select(DeviceRow.profile).where(DeviceRow.team == team, DeviceRow.seen_at >= since)
    return frozenset(session.scalars(query))


def live_dispatchers(
    session: Session, settings: Settings, at: datetime
) -> Sequence[DispatcherRow]:
    """The dispatchers heard of lately, the latest first."""
    since = at - timedelta(seconds=settings.dispatcher_alive_seconds)
    return session.scalars(_LIVE, {"since": since}).all()


def _datasets(settings: Settings, live: Sequence[DispatcherRow]) -> Mapping[str, DatasetInfo]:
    reported = [DatasetInfo.model_validate(info) for row in live for info in row.datasets]
    return available(settings.data_dir, reported)
