"""What webhooks have yet to be told: a cursor per webhook and job, while there is anything.

A cursor is made in the transaction of the first event that its webhook wants and has not been
told, and goes once it was told them all. So a webhook hears of nothing that was before it, and
what is read in each pass is what is owed.

Transactions here and elsewhere lock the job first, then the webhook, then the cursor.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from service.db.tables import EventRow, JobRow, WebhookCursorRow, WebhookRow
from service.db.upsert import upsert

ERRAND = 10
"""Events told before other webhooks have their turn."""
LEASE = timedelta(seconds=60)
"""Longer than one post takes; renewed after each."""

_hooks = WebhookRow.__table__.c
_cursors = WebhookCursorRow.__table__.c
# KEY SHARE: a webhook that is being deleted is waited for, not written to; a delivery is not.
_LISTENING = (
    select(_hooks.id, _hooks.events)
    .where(_hooks.team == bindparam("team"), _hooks.disabled_at.is_(None))
    .with_for_update(read=True, key_share=True)
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event to tell."""

    sequence: int
    kind: str
    body: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Errand:
    """Events of one job to tell one webhook, which is leased for it.

    attempts: tries of the first event that failed. at: when the lease was last renewed.
    """

    webhook_id: str
    url: str
    secret: str
    kinds: tuple[str, ...]
    job_id: str
    events: tuple[Notice, ...]
    attempts: int
    at: datetime


def owe(session: Session, job: JobRow, kinds: Set[str], before: int, at: datetime) -> None:
    """Note that events of such kinds follow the one of sequence `before`; `job` is locked."""
    listening = session.connection().execute(_LISTENING, {"team": job.team})
    rows = [
        {
            "webhook_id": webhook_id,
            "job_id": job.id,
            "sequence": before,
            "attempts": 0,
            "next_at": at,
        }
        for webhook_id, wanted in listening
        if not kinds.isdisjoint(wanted)
    ]
    upsert(session, WebhookCursorRow, rows)


def anybody_listens(session: Session) -> bool:
    query = select(_hooks.id).where(_hooks.disabled_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def is_due(session: Session, at: datetime) -> bool:
    """Whether an errand could be taken."""
    return session.scalar(_free(at).with_only_columns(_hooks.id).limit(1)) is not None


def take(session: Session, at: datetime) -> Errand | None:
    """Lease the webhook that has waited for its turn the longest; None where nothing is due."""
    query = _free(at).order_by(func.coalesce(_hooks.leased_until, _hooks.created_at), _hooks.id)
    webhook = session.scalar(query.limit(1).with_for_update(key_share=True, skip_locked=True))
    if webhook is None:
        return None
    # What has failed the longest first: its tries decide when the webhook is given up.
    due = select(WebhookCursorRow).where(_cursors.webhook_id == webhook.id, _cursors.next_at <= at)
    order = (_cursors.attempts.desc(), _cursors.next_at, _cursors.job_id)
    cursor = session.scalars(due.order_by(*order).limit(1)).one()
    webhook.leased_until = at + LEASE
    session.flush()
    kinds = tuple(webhook.events)
    wanted = _wanted(cursor.job_id, cursor.sequence, kinds).limit(ERRAND)
    events = tuple(Notice(e.sequence, e.kind, e.body, e.at) for e in session.scalars(wanted))
    return Errand(
        webhook_id=webhook.id,
        url=webhook.url,
        secret=webhook.secret,
        kinds=kinds,
        job_id=cursor.job_id,
        events=events,
        attempts=cursor.attempts,
        at=at,
    )


def told(session: Session, errand: Errand, at: datetime) -> Errand | None:
    """Note that the first event was taken; what is left, None where the errand is over.

    It is over with its last event, and where the webhook or the job is gone or another copy of
    the service has taken over.
    """
    head, *rest = errand.events
    job = select(JobRow.id).where(JobRow.id == errand.job_id)
    if session.scalar(job.with_for_update(read=True)) is None:
        rest = []
    if not _hold(session, errand, at, at + LEASE if rest else at, detail=None):
        return None
    # The job is locked: no event can come between this look and the end of the cursor.
    more = session.scalar(_wanted(errand.job_id, head.sequence, errand.kinds).limit(1))
    if more is None:
        session.execute(delete(WebhookCursorRow).where(_is_of(errand)))
    else:
        move = update(WebhookCursorRow).values(sequence=head.sequence, attempts=0, next_at=at)
        session.execute(move.where(_is_of(errand)))
    return replace(errand, events=tuple(rest), attempts=0, at=at) if rest else None


def put_off(
    session: Session, errand: Errand, at: datetime, until: datetime, why: str, *, unreachable: bool
) -> None:
    """Note that the first event was not taken, and end the errand.

    unreachable: the webhook's other jobs wait as long, or each of them would find out by itself.
    """
    if not _hold(session, errand, at, at, detail=why):
        return
    failed = update(WebhookCursorRow).values(attempts=errand.attempts + 1, next_at=until)
    session.execute(failed.where(_is_of(errand)))
    if unreachable:
        wait = update(WebhookCursorRow).values(next_at=until)
        session.execute(
            wait.where(_cursors.webhook_id == errand.webhook_id, _cursors.next_at < until)
        )


def give_up(session: Session, errand: Errand, at: datetime, why: str) -> None:
    """Disable the webhook; nothing more is owed to it."""
    if _hold(session, errand, at, at, detail=why, disabled_at=at):
        owed = delete(WebhookCursorRow).where(_cursors.webhook_id == errand.webhook_id)
        session.execute(owed)


def _hold(session: Session, errand: Errand, at: datetime, until: datetime, **values: Any) -> bool:
    """Prolong the lease, or end it by now; False where it is not ours any more."""
    mine = update(WebhookRow).where(
        _hooks.id == errand.webhook_id,
        _hooks.leased_until == errand.at + LEASE,
        # An errand that another ended at that very time has left the same behind.
        _hooks.leased_until > at,
    )
    held = session.connection().execute(mine.values(leased_until=until, **values))
    return held.rowcount == 1


def _free(at: datetime) -> Select[WebhookRow]:
    """Webhooks that nobody delivers to, though something is due."""
    is_owed = exists().where(_cursors.webhook_id == _hooks.id, _cursors.next_at <= at)
    is_free = or_(_hooks.leased_until.is_(None), _hooks.leased_until <= at)
    return select(WebhookRow).where(_hooks.disabled_at.is_(None), is_free, is_owed)


def _wanted(job_id: str, after: int, kinds: Sequence[str]) -> Select[EventRow]:
    query = select(EventRow).where(
        EventRow.job_id == job_id, EventRow.sequence > after, EventRow.kind.in_(kinds)
    )
    return query.order_by(EventRow.sequence)


def _is_of(errand: Errand) -> ColumnElement[bool]:
    return and_(_cursors.webhook_id == errand.webhook_id, _cursors.job_id == errand.job_id)
