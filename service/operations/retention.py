"""What is kept no longer: jobs that ended longer ago than their team wants, and leftovers.

Several copies of the service may do this at once; each takes what no other has in hand.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, tuple_
from sqlalchemy.orm import Session

from service.clock import Clock
from service.db.engine import Database
from service.db.tables import (
    Base,
    DispatcherRow,
    IdempotencyRow,
    JobRow,
    MeasurementRow,
    TeamRow,
    TokenRow,
)
from service.jobs.commands import remove
from service.lifecycle import TERMINAL
from service.team.access import Caller, Role
from service.team.audit import Action, note

BATCH = 100
ACTOR = "retention"

KEYS_KEPT = timedelta(days=7)
"""So long an Idempotency-Key gives the job that it made."""
DISPATCHERS_KEPT = timedelta(days=7)
MEASUREMENTS_KEPT = timedelta(days=1)
"""After a trial last asked for them."""
TOKENS_KEPT = timedelta(days=30)
"""After they were revoked or ran out; their names stay in the audit trail."""


def expire_jobs(database: Database, clock: Clock) -> Iterator[int]:
    """Delete the jobs that ended longer ago than their team keeps them, one in each transaction.

    Their checkpoints belong to nothing then, and are collected. Yields the number of deleted jobs.
    """
    with database.read() as session:
        teams = session.scalars(select(TeamRow.name).where(TeamRow.retention_days.is_not(None)))
        names = teams.all()
    for team in names:
        last = ""
        while batch := _expired(database, clock, team, last):
            for job_id in batch:
                yield _expire(database, clock, team, job_id)
            last = batch[-1]


def forget(database: Database, clock: Clock) -> Iterator[int]:
    """Delete what has no use any more: old keys, tokens that open nothing, dispatchers long gone.

    Yields the number of deleted rows.
    """
    with database.read() as session:
        now = clock.now(session)
    ended = or_(
        TokenRow.revoked_at < now - TOKENS_KEPT,
        TokenRow.expires_at < now - TOKENS_KEPT,
    )
    # While all are away, the last one heard of tells what jobs can hope for.
    latest = select(func.max(DispatcherRow.seen_at)).scalar_subquery()
    gone = (DispatcherRow.seen_at < now - DISPATCHERS_KEPT) & (DispatcherRow.seen_at < latest)
    yield from _forget(database, IdempotencyRow, IdempotencyRow.created_at < now - KEYS_KEPT)
    yield from _forget(database, TokenRow, ended)
    yield from _forget(database, DispatcherRow, gone)
    unasked = MeasurementRow.asked_at < now - MEASUREMENTS_KEPT
    yield from _forget(database, MeasurementRow, unasked)


def _expired(database: Database, clock: Clock, team: str, after: str) -> Sequence[str]:
    with database.read() as session:
        query = _ended(session, team, clock.now(session))
        if query is None:
            return ()
        page = query.where(JobRow.id > after).order_by(JobRow.id).limit(BATCH)
        return session.scalars(page).all()


def _expire(database: Database, clock: Clock, team: str, job_id: str) -> int:
    with database.write() as session:
        at = clock.now(session)
        query = _ended(session, team, at)
        if query is None:
            return 0
        # Once more: it may have been retried, or the team keeps its jobs for longer now.
        found = query.where(JobRow.id == job_id).with_for_update(skip_locked=True)
        if session.scalar(found) is None:
            return 0
        job = session.get_one(JobRow, job_id)
        body = {"name": job.name, "owner": job.owner, "state": job.state}
        remove(session, job)
        actor = Caller(token_id="", name=ACTOR, team=team, role=Role.ADMIN)
        note(session, actor, Action.JOB_EXPIRE, job_id, body, at, request_id="")
    return 1


def _ended(session: Session, team: str, at: datetime) -> Select[str] | None:
    """The jobs of a team that have ended too long ago; None where it keeps all."""
    days = session.scalar(select(TeamRow.retention_days).where(TeamRow.name == team))
    if days is None:
        return None
    return select(JobRow.id).where(
        JobRow.team == team,
        JobRow.state.in_(TERMINAL),
        JobRow.finished_at < at - timedelta(days=days),
    )


def _forget(
    database: Database, table: type[Base], condition: ColumnElement[bool]
) -> Iterator[int]:
    key = table.__table__.primary_key
    batch = select(*key).where(condition).limit(BATCH)
    statement = delete(table.__table__).where(tuple_(*key).in_(batch))
    while True:
        with database.write() as session:
            count = session.connection().execute(statement).rowcount
        yield count
        if count < BATCH:
            return
