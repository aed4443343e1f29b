"""What jobs can be built on now: the data sets that are there, and the nodes that run trials."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.datasets import DatasetInfo
from service.catalogue import available
from service.db.tables import DispatcherRow
from service.protocol import Node
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """Data sets by key, and the nodes of every cluster."""

    datasets: Mapping[str, DatasetInfo]
    nodes: Sequence[Node]


def survey(session: Session, settings: Settings, at: datetime) -> Ground:
    """The ground at `at`.

    Nodes are those of the live dispatchers; while all are away, those last heard of, since they
    come back; before any was ever heard of, this machine, whose embedded dispatcher is starting.
    """
    rows = session.scalars(select(DispatcherRow)).all()
    live = [row for row in rows if is_alive(row, settings, at)]
    nodes = [Node.model_validate(node) for row in live or rows for node in row.nodes]
    reported = [DatasetInfo.model_validate(info) for row in live for info in row.datasets]
    return Ground(
        datasets=available(settings.data_dir, reported),
        nodes=nodes or [Node(cpus=os.cpu_count() or 1, gpus=0)],
    )


def is_alive(dispatcher: DispatcherRow, settings: Settings, at: datetime) -> bool:
    return at - dispatcher.seen_at <= timedelta(seconds=settings.dispatcher_alive_seconds)
