"""The members of a team: persons, whose tokens end with them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from searchspace.errors import Problem
from service.db.engine import lock_name
from service.db.tables import MemberRow, TeamRow, TokenRow
from service.errors import Conflict, NotFound
from service.team.access import Caller, Role, keeping_an_administrator


def add_member(
    session: Session, caller: Caller, team: str, name: str, role: Role, at: datetime
) -> MemberRow:
    """A new member of a team that the caller looks after.

    Raises:
        NotFound: there is no such team.
        Conflict: `member_exists`.
    """
    _require_team(session, caller, team)
    lock_name(session, f"members of {team}")
    if session.get(MemberRow, (team, name)) is not None:
        problem = Problem("/name", "the team has a member of this name")
        raise Conflict(problem.message, code="member_exists", problems=[problem])
    row = MemberRow(team=team, name=name, role=role.value, created_at=at)
    session.add(row)
    session.flush()
    return row


def list_members(
    session: Session, caller: Caller, team: str, *, after: str | None, limit: int
) -> Sequence[MemberRow]:
    """The team's members, newest first, after the one of name `after`.

    Raises:
        NotFound: there is no such team.
    """
    _require_team(session, caller, team)
    query = select(MemberRow).where(MemberRow.team == team)
    if after is not None:
        seen = (
            select(MemberRow.created_at)
            .where(MemberRow.team == team, MemberRow.name == after)
            .scalar_subquery()
        )
        query = query.where(
            or_(
                MemberRow.created_at < seen,
                (MemberRow.created_at == seen) & (MemberRow.name < after),
            )
        )
    order = (MemberRow.created_at.desc(), MemberRow.name.desc())
    return session.scalars(query.order_by(*order).limit(limit)).all()


def change_member(
    session: Session, caller: Caller, team: str, name: str, role: Role, at: datetime
) -> MemberRow:
    """Give a member another role, to hold from their next request on.

    Raises:
        NotFound: there is no such team or member.
        Conflict: `last_administrator`.
    """
    with keeping_an_administrator(session, at):
        row = _locked(session, caller, team, name)
        row.role = role.value
    return row


def remove_member(
    session: Session, caller: Caller, team: str, name: str, at: datetime
) -> tuple[MemberRow, int]:
    """Take a member out of a team and revoke their tokens; how many those were.

    Their jobs stay.

    Raises:
        NotFound: there is no such team or member.
        Conflict: `last_administrator`.
    """
    with keeping_an_administrator(session, at):
        row = _locked(session, caller, team, name)
        session.delete(row)
        # First: whoever makes a token for this member holds its row until then.
        session.flush()
        revoked = session.scalars(
            update(TokenRow)
            .where(TokenRow.team == team, TokenRow.member == name, TokenRow.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(TokenRow.id)
            .execution_options(synchronize_session=False)
        ).all()
    return row, len(revoked)


def _require_team(session: Session, caller: Caller, team: str) -> None:
    if not caller.looks_after(team) or session.get(TeamRow, team) is None:
        raise NotFound("there is no such team")


def _locked(session: Session, caller: Caller, team: str, name: str) -> MemberRow:
    _require_team(session, caller, team)
    row = session.get(MemberRow, (team, name), with_for_update=True)
    if row is None:
        raise NotFound("the team has no such member")
    return row
