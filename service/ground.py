"""What jobs can be built on now: the data sets that are there, and the nodes that run trials."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.datasets import DatasetInfo
from service.catalogue import available
from service.db.tables import DeviceRow, DispatcherRow
from service.protocol import Node
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """Data sets by key, the nodes of every cluster, and the profiles of the team's devices."""

    datasets: Mapping[str, DatasetInfo]
    nodes: Sequence[Node]
    devices: frozenset[str] = frozenset()


def survey(session: Session, settings: Settings, at: datetime, team: str | None = None) -> Ground:
    """The ground at `at`.

    Nodes are those of the live dispatchers; while all are away, those of the last one heard of,
    which may come back; before any was ever heard of, this machine, whose own is starting.
    """
    live = live_dispatchers(session, settings, at)
    latest = select(DispatcherRow).order_by(DispatcherRow.seen_at.desc()).limit(1)
    heard = live or session.scalars(latest).all()
    nodes = [Node.model_validate(node) for row in heard for node in row.nodes]
    reported = [DatasetInfo.model_validate(info) for row in live for info in row.datasets]
    return Ground(
        datasets=available(settings.data_dir, reported),
        nodes=nodes or [Node(cpus=os.cpu_count() or 1, gpus=0)],
        devices=frozenset(
            session.scalars(select(DeviceRow.profile).where(DeviceRow.team == team))
        ),
    )


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
    query = select(DispatcherRow).where(DispatcherRow.seen_at >= since)
    return session.scalars(query.order_by(DispatcherRow.seen_at.desc())).all()
