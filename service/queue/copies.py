"""The running copies of the service, so that each judges leases by what all of them went through.

A lease that ran out says that its runner is gone only if somebody was there to renew it. So none is
rescued for a grace after any copy has started, has had trouble with the database, or has missed
passes: its machine slept, or the database stood still.

They also tell each how many share what is limited for all of them together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.db.tables import CopyRow
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Roll:
    """rescue_from: the time from which leases may be rescued. running: copies that check in."""

    rescue_from: datetime
    running: int


def check_in(
    session: Session, copy: str, at: datetime, settings: Settings, *, troubled: bool
) -> Roll:
    """Note that a copy is here.

    troubled: whether it could not reach the database when it last tried.
    """
    grace = timedelta(seconds=settings.rescue_grace_seconds)
    copies = {row.id: row for row in session.scalars(select(CopyRow))}
    mine = copies.get(copy)
    if mine is None:
        mine = copies[copy] = CopyRow(id=copy, seen_at=at, rescue_from=at + grace)
        session.add(mine)
    elif troubled or _missed_passes(mine, at, settings):
        mine.rescue_from = at + grace
    mine.seen_at = at
    session.flush()
    gone = [row.id for row in copies.values() if row.seen_at + grace < at]
    session.execute(delete(CopyRow).where(CopyRow.id.in_(gone)))
    return Roll(
        rescue_from=max(row.rescue_from for row in copies.values()),
        running=sum(not _missed_passes(row, at, settings) for row in copies.values()),
    )


def leave(session: Session, copy: str) -> None:
    """Note that a copy has stopped in order: its runners go on with the others."""
    session.execute(delete(CopyRow).where(CopyRow.id == copy))


def _missed_passes(row: CopyRow, at: datetime, settings: Settings) -> bool:
    """More than a fraction of a lease's worth, which a runner outlives."""
    missed = max(settings.lease_seconds / 4, 3 * settings.sweep_seconds)
    return at - row.seen_at > timedelta(seconds=missed)
