"""Ray clusters as their dispatchers report them."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.db.tables import DispatcherRow
from service.protocol import Beat
from service.slots import Capacity

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
    nodes = session.connection().scalar(_LATEST_NODES, {"cluster": cluster})
    return Capacity(
        cpus=sum(node["cpus"] for node in nodes or ()),
        gpus=sum(node["gpus"] for node in nodes or ()),
    )
