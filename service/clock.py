"""Time, injected: leases are judged by one clock, and tests set it."""

from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session


class Clock(Protocol):
    def now(self, session: Session) -> datetime:
        """The time, aware and UTC."""
        ...


class DatabaseClock:
    """The database's clock, so that replicas with clocks of their own agree on leases.

    On SQLite every process runs on the database's machine, whose clock that is.
    """

    def now(self, session: Session) -> datetime:
        if session.get_bind().dialect.name == "sqlite":
            return datetime.now(UTC)
        # Not `now()`: that is the transaction's start, before it waited for a lock.
        now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
