"""Administrators' calls: teams, members, tokens, webhooks, the audit trail. For `Client.send`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tclsearch_client.calls import Pages, delete, get, patch, path, post
from tclsearch_client.documents import Document
from tclsearch_client.exchange import Call


class Team(Document):
    """quotas: most of each kind at once, None for as many as there are.

    retention_days: jobs that ended longer ago are deleted; None keeps them.
    """

    name: str
    quotas: Mapping[str, int | None]
    retention_days: int | None = None
    created_at: datetime


class Member(Document):
    """role: the most that any token of theirs is good for."""

    team: str
    name: str
    role: str
    created_at: datetime


class Token(Document):
    """scopes: None for all that its role may; expires_at: None for one that lasts."""

    id: str
    name: str
    team: str
    role: str
    created_at: datetime
    expires_at: datetime | None = None
    member: str | None = None
    scopes: Sequence[str] | None = None


class IssuedToken(Token):
    """token: the text to send, which is told this once."""

    token: str


class Finding(Document):
    """One thing that was looked at (check), how it is (what), why that matters, and what mends it.

    level: ok, warning or error.
    """

    check: str
    level: str
    what: str
    why: str
    mend: str


class Diagnosis(Document):
    """at: by the database's clock; healthy: nothing is an error."""

    at: datetime | None = None
    healthy: bool
    findings: Sequence[Finding]


class AuditEntry(Document):
    """Who (actor) did what (action) to what (object), and what is to be known of it (body)."""

    id: str
    at: datetime
    team: str
    actor: str
    token_id: str
    action: str
    object: str
    body: Mapping[str, Any]
    request_id: str


class Webhook(Document):
    """detail: how the last try failed; disabled_at: since when nothing is sent any more."""

    id: str
    url: str
    events: Sequence[str]
    created_at: datetime
    disabled_at: datetime | None = None
    detail: str | None = None


class IssuedWebhook(Webhook):
    """secret: signs what is sent, and is told this once."""

    secret: str


class WebhookTest(Document):
    """What became of an event that was made up."""

    delivered: bool
    detail: str | None = None


def teams() -> Pages[Team]:
    return Pages("/teams", Team, {})


def create_team(name: str) -> Call[Team]:
    return post("/teams", Team, {"name": name})


def change_team(name: str, changes: Mapping[str, Any]) -> Call[Team]:
    """changes: quotas, retention_days; what is not named stays, and None lifts."""
    return patch(path("teams", name), changes, Team)


def members(team: str) -> Pages[Member]:
    return Pages(path("teams", team, "members"), Member, {})


def add_member(team: str, name: str, role: str) -> Call[Member]:
    return post(path("teams", team, "members"), Member, {"name": name, "role": role})


def change_member(team: str, name: str, role: str) -> Call[Member]:
    return patch(path("teams", team, "members", name), {"role": role}, Member)


def remove_member(team: str, name: str) -> Call[None]:
    return delete(path("teams", team, "members", name))


def tokens() -> Pages[Token]:
    return Pages("/tokens", Token, {})


def create_token(wanted: Mapping[str, Any]) -> Call[IssuedToken]:
    """wanted: name, team, role; expires_at, member, scopes."""
    return post("/tokens", IssuedToken, wanted)


def revoke_token(token_id: str) -> Call[None]:
    return delete(path("tokens", token_id))


def audit(
    action: str | None = None,
    actor: str | None = None,
    of: str | None = None,
    most: int | None = None,
) -> Pages[AuditEntry]:
    """of: id or name of what was changed."""
    asked = {"action": action, "actor": actor, "object": of}
    return Pages("/audit", AuditEntry, asked, most)


def webhooks() -> Pages[Webhook]:
    return Pages("/webhooks", Webhook, {})


def create_webhook(url: str, kinds: Sequence[str] = ()) -> Call[IssuedWebhook]:
    """kinds: of events; by default `job.state` alone."""
    body = {"url": url} | ({"events": list(kinds)} if kinds else {})
    return post("/webhooks", IssuedWebhook, body)


def delete_webhook(webhook_id: str) -> Call[None]:
    return delete(path("webhooks", webhook_id))


def test_webhook(webhook_id: str) -> Call[WebhookTest]:
    """Have one made-up event sent now."""
    return post(path("webhooks", webhook_id, "test"), WebhookTest)


def diagnosis() -> Call[Diagnosis]:
    """Examine the deployment; for administrators of team `default`."""
    return get("/diagnosis", Diagnosis)
