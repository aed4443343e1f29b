"""What administrators do: teams, their quotas, and tokens; `service.team.members` has their members.

Administrators of team `default` look after every team; those of any other team after the tokens
of their own, and its quotas are not theirs to set. What is another team's is absent to them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from searchspace.errors import InvalidDocument, Problem
from service.db.engine import lock_name
from service.db.tables import MemberRow, TeamRow, TokenRow
from service.errors import Conflict, Forbidden, NotFound
from service.team.access import (
    DEFAULT_TEAM,
    Caller,
    Role,
    Scope,
    create_token,
    keeping_an_administrator,
)


def create_team(session: Session, caller: Caller, name: str, at: datetime) -> TeamRow:
    """A team without quotas.

    Raises:
        Forbidden: the caller does not look after every team.
        Conflict: `team_exists`.
    """
    require_all_teams(caller)
    lock_name(session, f"team {name}")
    if session.get(TeamRow, name) is not None:
        problem = Problem("/name", "there is a team of this name")
        raise Conflict(problem.message, code="team_exists", problems=[problem])
    row = TeamRow(name=name, quotas={}, created_at=at)
    session.add(row)
    session.flush()
    return row


def list_teams(
    session: Session, caller: Caller, *, after: str | None, limit: int
) -> Sequence[TeamRow]:
    """The teams that the caller looks after, newest first, after the one of name `after`."""
    query = select(TeamRow)
    if caller.team != DEFAULT_TEAM:
        query = query.where(TeamRow.name == caller.team)
    if after is not None:
        seen = select(TeamRow.created_at).where(TeamRow.name == after).scalar_subquery()
        query = query.where(
            or_(TeamRow.created_at < seen, (TeamRow.created_at == seen) & (TeamRow.name < after))
        )
    order = (TeamRow.created_at.desc(), TeamRow.name.desc())
    return session.scalars(query.order_by(*order).limit(limit)).all()


def change_team(
    session: Session, caller: Caller, name: str, changes: Mapping[str, Any]
) -> TeamRow:
    """Set what `changes` names of `quotas`, where None lifts one, and `retention_days`.

    Raises:
        Forbidden: the caller does not look after every team.
        NotFound: there is no such team.
    """
    require_all_teams(caller)
    row = session.scalar(select(TeamRow).where(TeamRow.name == name).with_for_update())
    if row is None:
        raise NotFound("there is no such team")
    row.quotas = row.quotas | changes.get("quotas", {})
    row.retention_days = changes.get("retention_days", row.retention_days)
    session.flush()
    return row


def issue_token(
    session: Session,
    caller: Caller,
    *,
    name: str,
    team: str,
    role: Role,
    at: datetime,
    expires_at: datetime | None,
    member: str | None,
    scopes: Collection[Scope] | None,
) -> tuple[TokenRow, str]:
    """A new token of a team that the caller looks after, and its text.

    Raises:
        InvalidDocument: there is no such team or member, the token would have expired already, or
            it would be good for more than the caller's own.
    """
    problems = []
    if not caller.looks_after(team) or session.get(TeamRow, team) is None:
        problems.append(Problem("/team", "there is no such team"))
    # Locked, so that who is removed meanwhile takes this token along.
    elif member and session.get(MemberRow, (team, member), with_for_update=True) is None:
        problems.append(Problem("/member", "the team has no such member"))
    if caller.scopes is not None and not (scopes and caller.scopes.issuperset(scopes)):
        own = ", ".join(sorted(caller.scopes))
        problems.append(Problem("/scopes", f"must be among those of your own token: {own}"))
    if expires_at is not None and expires_at <= at:
        problems.append(Problem("/expires_at", "must lie in the future"))
    if problems:
        raise InvalidDocument(problems)
    return create_token(
        session,
        name=name,
        team=team,
        role=role,
        at=at,
        expires_at=expires_at,
        member=member,
        scopes=scopes,
    )


def list_tokens(
    session: Session, caller: Caller, *, after: str | None, limit: int
) -> Sequence[TokenRow]:
    """The tokens that the caller looks after and nobody has revoked, newest first."""
    query = _unrevoked(caller)
    if after is not None:
        query = query.where(TokenRow.id < after)
    return session.scalars(query.order_by(TokenRow.id.desc()).limit(limit)).all()


def revoke_token(session: Session, caller: Caller, token_id: str, at: datetime) -> TokenRow:
    """End a token, for every request from now on; its row.

    Raises:
        NotFound: there is none that the caller looks after, or it is revoked already.
        Conflict: `last_administrator`: nobody could look after the teams any more.
    """
    with keeping_an_administrator(session, at):
        row = session.scalar(_unrevoked(caller).where(TokenRow.id == token_id))
        if row is None:
            raise NotFound("there is no such token")
        row.revoked_at = at
    return row


def require_all_teams(caller: Caller) -> None:
    """Raises Forbidden unless the caller looks after every team."""
    if caller.team != DEFAULT_TEAM:
        raise Forbidden(f"this needs an administrator of team {DEFAULT_TEAM}")


def _unrevoked(caller: Caller) -> Select[TokenRow]:
    query = select(TokenRow).where(TokenRow.revoked_at.is_(None))
    return query if caller.team == DEFAULT_TEAM else query.where(TokenRow.team == caller.team)
