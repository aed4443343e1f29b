"""The audit trail: who changed what, one row for each change, in the change's own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.db.tables import AuditRow
from service.ids import new_audit_id
from service.team.access import DEFAULT_TEAM, Caller

# On the bare table, as in `service.trials.recall`.
_INSERT = insert(AuditRow.__table__)


class Action(StrEnum):
    """What people do, as object and verb."""

    JOB_POST = "job.post"
    JOB_CHANGE = "job.change"
    JOB_CANCEL = "job.cancel"
    JOB_PAUSE = "job.pause"
    JOB_RESUME = "job.resume"
    JOB_RETRY = "job.retry"
    JOB_DELETE = "job.delete"
    JOB_EXPIRE = "job.expire"
    """By nobody: the team's retention, under the name `retention`."""
    WEIGHTS_UPLOAD = "weights.upload"
    POINT_GIVE = "point.give"
    TEAM_CREATE = "team.create"
    TEAM_CHANGE = "team.change"
    MEMBER_ADD = "member.add"
    MEMBER_CHANGE = "member.change"
    MEMBER_REMOVE = "member.remove"
    TOKEN_CREATE = "token.create"  # noqa: S105  a verb
    TOKEN_REVOKE = "token.revoke"  # noqa: S105  a verb
    WEBHOOK_CREATE = "webhook.create"
    WEBHOOK_DELETE = "webhook.delete"
    WEBHOOK_TEST = "webhook.test"
    WEBHOOK_ENABLE = "webhook.enable"


def note(
    session: Session,
    caller: Caller,
    action: Action,
    object: str,
    body: Mapping[str, Any],
    at: datetime,
    request_id: str,
    *,
    team: str | None = None,
) -> None:
    """Write down one change, to be called in its transaction once nothing can refuse it any more.

    object: id or name of what was changed. body: what a reader wants to know of it, as JSON; never
    a secret. team: whose thing it is; by default the caller's.
    """
    row = {
        "id": new_audit_id(at),
        "at": at,
        "team": caller.team if team is None else team,
        "actor": caller.name,
        "token_id": caller.token_id,
        "action": action.value,
        "object": object,
        "body": dict(body),
        "request_id": request_id,
    }
    session.connection().execute(_INSERT, row)


def list_audit(
    session: Session,
    caller: Caller,
    *,
    action: Action | None,
    actor: str | None,
    object: str | None,
    after: str | None,
    limit: int,
) -> Sequence[AuditRow]:
    """The changes that the caller looks after, newest first, after the one of id `after`.

    Administrators of team `default` see those of every team; others see their own team's.
    """
    query = select(AuditRow)
    if caller.team != DEFAULT_TEAM:
        query = query.where(AuditRow.team == caller.team)
    if action is not None:
        query = query.where(AuditRow.action == action.value)
    if actor is not None:
        query = query.where(AuditRow.actor == actor)
    if object is not None:
        query = query.where(AuditRow.object == object)
    if after is not None:
        query = query.where(AuditRow.id < after)
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(limit)).all()
