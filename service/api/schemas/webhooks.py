"""Replies about webhooks."""

from datetime import datetime

from service.api.schemas.reply import Reply
from service.events.journal import EventKind


class Webhook(Reply):
    """An address that is told of the team's events.

    disabled_at: since when nothing is sent, because nothing got through for a day.
    detail: how the last try failed; null once one got through.
    """

    id: str
    url: str
    events: list[EventKind]
    created_at: datetime
    disabled_at: datetime | None
    detail: str | None


class IssuedWebhook(Webhook):
    """secret: signs what is sent, shown here and nowhere else."""

    secret: str


class WebhookPage(Reply):
    items: list[Webhook]
    next_cursor: str | None


class WebhookTest(Reply):
    """What became of an event that was made up; detail: why it was not delivered."""

    delivered: bool
    detail: str | None
