"""A team's webhooks: made, listed, tried out and deleted by its administrators."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from searchspace.errors import Problem
from service.db.engine import lock_name
from service.db.tables import WebhookRow
from service.errors import Conflict, Forbidden, NotFound, Unprocessable
from service.ids import new_webhook_id
from service.team.access import Caller
from service.webhooks import delivery
from service.webhooks.guarded_post import NotDelivered, Post
from service.webhooks.targets import ForbiddenTarget, Targets

MAX_PER_TEAM = 20


def create_webhook(
    session: Session,
    caller: Caller,
    targets: Targets,
    *,
    url: str,
    events: Sequence[str],
    at: datetime,
) -> WebhookRow:
    """A webhook of the caller's team, told of what happens from now on.

    Raises:
        Forbidden: `webhooks_off`: the operator allows none.
        Unprocessable: `url_forbidden`.
        Conflict: `too_many_webhooks`.
    """
    require_on(targets)
    try:
        targets.target(url)
    except ForbiddenTarget as error:
        problem = Problem("/url", str(error))
        raise Unprocessable(f"/url: {error}", code="url_forbidden", problems=[problem]) from None
    lock_name(session, f"webhooks of {caller.team}")
    count = select(func.count()).where(WebhookRow.team == caller.team)
    if session.scalars(count).one() >= MAX_PER_TEAM:
        raise Conflict(f"the team has its {MAX_PER_TEAM} webhooks", code="too_many_webhooks")
    row = WebhookRow(
        id=new_webhook_id(at),
        team=caller.team,
        url=url,
        secret="whs_" + secrets.token_urlsafe(32),
        events=list(events),
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def require_on(targets: Targets) -> None:
    """Raises Forbidden, `webhooks_off`, where the operator allows no targets."""
    if not targets:
        raise Forbidden("the operator has not allowed webhooks", code="webhooks_off")


def list_webhooks(
    session: Session, caller: Caller, *, after: str | None, limit: int
) -> Sequence[WebhookRow]:
    """The team's webhooks, newest first, after the one of id `after`."""
    query = _of_team(caller)
    if after is not None:
        query = query.where(WebhookRow.id < after)
    return session.scalars(query.order_by(WebhookRow.id.desc()).limit(limit)).all()


def find_webhook(session: Session, caller: Caller, webhook_id: str) -> WebhookRow:
    """Raises NotFound where the team has no such webhook."""
    row = session.scalar(_of_team(caller).where(WebhookRow.id == webhook_id))
    if row is None:
        raise NotFound("there is no such webhook")
    return row


def delete_webhook(session: Session, caller: Caller, webhook_id: str) -> WebhookRow:
    """Tell a webhook nothing more; what was. Raises NotFound as `find_webhook` does."""
    row = find_webhook(session, caller, webhook_id)
    # The database deletes what it is still owed.
    session.execute(delete(WebhookRow).where(WebhookRow.id == row.id))
    return row


def enable_webhook(session: Session, caller: Caller, webhook_id: str) -> bool:
    """Tell a webhook again that was disabled, of what happens from now on; whether it was.

    Raises NotFound as `find_webhook` does.
    """
    row = find_webhook(session, caller, webhook_id)
    was_disabled = row.disabled_at is not None
    if was_disabled:
        row.disabled_at = row.detail = None
        session.flush()
    return was_disabled


def ping(webhook: WebhookRow, post: Post, event_id: str, at: datetime) -> str | None:
    """Send an event that was made up; why it was not taken, None where it was."""
    body = delivery.message(None, 0, "ping", at, {})
    headers = delivery.headers(event_id, "ping", webhook.secret, body, at)
    try:
        post(webhook.url, headers, body)
    except NotDelivered as failure:
        return str(failure)
    return None


def _of_team(caller: Caller) -> Select[WebhookRow]:
    return select(WebhookRow).where(WebhookRow.team == caller.team)
