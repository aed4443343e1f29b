"""Replies about who asks, and about a team."""

from datetime import datetime
from typing import Any

from service.api.schemas.reply import Reply
from service.team.access import Role, Scope
from service.team.audit import Action
from service.team.quotas import Quotas


class Me(Reply):
    """The caller.

    name: the owner of what is posted: the member, or the token's name where it is nobody's.
    role: the smaller one of the token's and the member's. scopes: null for all that it may.
    """

    name: str
    team: str
    role: str
    token_id: str
    member: str | None
    scopes: list[Scope] | None


class QuotaUse(Reply):
    """What a team takes up now; slots: CPUs that its running jobs may use."""

    running_jobs: int
    slots: float
    queued_jobs: int
    stored_bytes: int


class Team(Reply):
    """retention_days: jobs that ended longer ago are deleted; null keeps them."""

    name: str
    quotas: Quotas
    use: QuotaUse
    retention_days: int | None
    created_at: datetime


class TeamPage(Reply):
    items: list[Team]
    next_cursor: str | None


class Member(Reply):
    """role: the most that any token of theirs is good for."""

    team: str
    name: str
    role: Role
    created_at: datetime


class MemberPage(Reply):
    items: list[Member]
    next_cursor: str | None


class Token(Reply):
    """expires_at: null for a token that lasts until it is revoked.

    member: whose it is; null for nobody's in particular. scopes: null for all that its role may.
    """

    id: str
    name: str
    team: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    member: str | None
    scopes: list[Scope] | None


class IssuedToken(Token):
    """token: the text to send, shown here and nowhere else."""

    token: str


class TokenPage(Reply):
    items: list[Token]
    next_cursor: str | None


class AuditEntry(Reply):
    """One change that a person made.

    team: whose thing was changed; actor: name of who did it, by the token `token_id`.
    object: id or name of what was changed; body: what is to be known of the change.
    request_id: that of the request, as it was answered and as the log has it.
    """

    id: str
    at: datetime
    team: str
    actor: str
    token_id: str
    action: Action
    object: str
    body: dict[str, Any]
    request_id: str


class AuditPage(Reply):
    items: list[AuditEntry]
    next_cursor: str | None
