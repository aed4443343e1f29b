"""Webhooks over HTTP, for a team's administrators."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path

from service.api.body import PostedDocument, component, described
from service.api.deps import Admin, Parts, RequestId, ThisService
from service.api.forms import NewWebhook
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.problems import responses
from service.api.repeated import repeated
from service.api.schemas.webhooks import IssuedWebhook, Webhook, WebhookPage, WebhookTest
from service.db.tables import WebhookRow
from service.events.journal import EventKind
from service.team.access import Caller
from service.team.audit import Action, note
from service.webhooks.register import (
    create_webhook,
    delete_webhook,
    enable_webhook,
    find_webhook,
    list_webhooks,
    ping,
    require_on,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

ONE = responses(401, 403, 404, 422, 503)
WebhookId = Annotated[str, Path(max_length=100)]


@router.post(
    "",
    status_code=201,
    responses=responses(400, 401, 403, 409, 413, 415, 422, 503),
    openapi_extra=described(component("NewWebhook")),
)
@repeated
def post_webhook(
    parts: ThisService, caller: Admin, request_id: RequestId, posted: PostedDocument
) -> IssuedWebhook:
    """Have the team's events sent to a URL. The secret is in this reply and nowhere else."""
    form = NewWebhook.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        targets = parts.settings.webhook_targets
        row = create_webhook(session, caller, targets, url=form.url, events=form.events, at=at)
        body = {"host": _host(row), "events": row.events}
        note(session, caller, Action.WEBHOOK_CREATE, row.id, body, at, request_id)
    parts.bell.set()
    return IssuedWebhook(**_webhook(row).model_dump(), secret=row.secret)


@router.get("", responses=responses(400, 401, 403, 422, 503))
def get_webhooks(
    parts: ThisService, caller: Admin, limit: Limit = 50, cursor: Cursor = None
) -> WebhookPage:
    """The team's webhooks, newest first."""
    after = None if cursor is None else decode_cursor("webhooks", cursor)
    with parts.database.read() as session:
        rows = list_webhooks(session, caller, after=after, limit=limit + 1)
    page, next_cursor = cut(rows, limit, lambda row: row.id)
    return WebhookPage(
        items=[_webhook(row) for row in page],
        next_cursor=next_cursor,
    )


@router.get("/{webhook_id}", responses=ONE)
def get_webhook(parts: ThisService, caller: Admin, webhook_id: WebhookId) -> Webhook:
    """One webhook, and how its last delivery failed if it did."""
    with parts.database.read() as session:
        return _webhook(find_webhook(session, caller, webhook_id))


@router.delete("/{webhook_id}", status_code=204, responses=ONE)
@repeated
def remove_webhook(
    parts: ThisService, caller: Admin, request_id: RequestId, webhook_id: WebhookId
) -> None:
    """Send nothing more to it."""
    with parts.database.write() as session:
        row = delete_webhook(session, caller, webhook_id)
        body, at = {"host": _host(row)}, parts.clock.now(session)
        note(session, caller, Action.WEBHOOK_DELETE, row.id, body, at, request_id)


@router.post("/{webhook_id}/test", responses=ONE)
def test_webhook(
    parts: ThisService, caller: Admin, request_id: RequestId, webhook_id: WebhookId
) -> WebhookTest:
    """Send an event `ping` now, and tell whether it was taken.

    A webhook that was disabled and takes it is told again of what happens from then on.
    """
    require_on(parts.settings.webhook_targets)
    row, at = _note_test(parts, caller, request_id, webhook_id)
    failure = ping(row, parts.post, f"{row.id}:{request_id}", at)
    if failure is None and row.disabled_at is not None:
        _enable(parts, caller, request_id, row)
    return WebhookTest(delivered=failure is None, detail=failure)


@repeated
def _note_test(
    parts: Parts, caller: Caller, request_id: str, webhook_id: str
) -> tuple[WebhookRow, datetime]:
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = find_webhook(session, caller, webhook_id)
        body = {"host": _host(row)}
        note(session, caller, Action.WEBHOOK_TEST, row.id, body, at, request_id)
    return row, at


@repeated
def _enable(parts: Parts, caller: Caller, request_id: str, row: WebhookRow) -> None:
    with parts.database.write() as session:
        if enable_webhook(session, caller, row.id):
            at = parts.clock.now(session)
            body = {"host": _host(row)}
            note(session, caller, Action.WEBHOOK_ENABLE, row.id, body, at, request_id)


def _host(row: WebhookRow) -> str:
    # For the audit trail: the rest of a URL is often as good as a password.
    return urlsplit(row.url).netloc


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=[EventKind(kind) for kind in row.events],
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        detail=row.detail,
    )
