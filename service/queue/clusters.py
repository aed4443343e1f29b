"""Ray clusters as their dispatchers report them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.db.tables import DispatcherRow
from service.protocol import Beat, Node
from service.queue.slots import Capacity

SHOWN = 50
"""Dispatchers that are told of; each boot is one."""
_beats = DispatcherRow.__table__.c
_LATEST_NODES = (
    select(_beats.nodes)
    .where(_beats.cluster == bindparam("cluster"))
    .order_by(_beats.seen_at.desc())
    .limit(1)
)


def beat(session: Session, beat: Beat, at: datetime) -> None:
    """Note that a dispatcher is alive, and what its cluster offers."""
    row = session.get(DispatcherRow, beat.dispatcher)
    if row is None:
        row = DispatcherRow(id=beat.dispatcher)
        session.add(row)
    row.cluster = beat.cluster
    row.nodes = [node.model_dump() for node in beat.nodes]
    row.datasets = [dataset.model_dump(mode="json") for dataset in beat.datasets]
    row.seen_at = at
    session.flush()


def capacity(session: Session, cluster: str) -> Capacity:
    """What a cluster offers, by the latest word from it; nothing before there is any."""
    return _offer(session.connection().scalar(_LATEST_NODES, {"cluster": cluster}) or ())


def total_capacity(dispatchers: Iterable[DispatcherRow]) -> Capacity:
    """What the clusters of some dispatchers offer together, the latest of each first."""
    latest: dict[str, DispatcherRow] = {}
    for row in dispatchers:
        latest.setdefault(row.cluster, row)
    return _offer(node for row in latest.values() for node in row.nodes)


def recent_dispatchers(session: Session) -> Sequence[DispatcherRow]:
    """The dispatchers heard of last, silent ones too, the latest first."""
    query = select(DispatcherRow).order_by(DispatcherRow.seen_at.desc(), DispatcherRow.id)
    return session.scalars(query.limit(SHOWN)).all()


def _offer(nodes: Iterable[dict[str, Any]]) -> Capacity:
    return Capacity(tuple(Node.model_construct(**node) for node in nodes))
