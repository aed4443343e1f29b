"""Teams and tokens over HTTP, for administrators."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from service.api.body import PostedDocument, component, described
from service.api.deps import Admin, RequestId, ThisService
from service.api.forms import NewTeam, NewToken, TeamChanges
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.team import IssuedToken, QuotaUse, Team, TeamPage, Token, TokenPage
from service.db.tables import TeamRow, TokenRow
from service.team.access import Role
from service.team.administration import (
    change_team,
    create_team,
    issue_token,
    list_teams,
    list_tokens,
    revoke_token,
)
from service.team.audit import Action, note
from service.team.quotas import Use, uses

router = APIRouter(tags=["access"], route_class=Repeated)

WRITTEN = responses(400, 401, 403, 413, 415, 422, 503)
LISTED = responses(400, 401, 403, 422, 503)
TeamName = Annotated[str, Path(max_length=100)]


@router.post(
    "/teams",
    status_code=201,
    responses=WRITTEN | responses(409),
    openapi_extra=described(component("NewTeam")),
)
def post_team(
    parts: ThisService, caller: Admin, request_id: RequestId, posted: PostedDocument
) -> Team:
    """Make a team. For administrators of team `default`."""
    form = NewTeam.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = create_team(session, caller, form.name, at)
        note(session, caller, Action.TEAM_CREATE, row.name, {}, at, request_id, team=row.name)
        return _team(row, uses(session, [row.name])[row.name])


@router.get("/teams", responses=LISTED)
def get_teams(
    parts: ThisService, caller: Admin, limit: Limit = 50, cursor: Cursor = None
) -> TeamPage:
    """Every team for administrators of team `default`, newest first; for others their own."""
    after = None if cursor is None else decode_cursor("teams", cursor)
    with parts.database.read() as session:
        rows = list_teams(session, caller, after=after, limit=limit + 1)
        page, next_cursor = cut(rows, limit, lambda row: row.name)
        taken = uses(session, [row.name for row in page])
    return TeamPage(
        items=[_team(row, taken[row.name]) for row in page],
        next_cursor=next_cursor,
    )


@router.patch(
    "/teams/{team}",
    responses=WRITTEN | responses(404),
    openapi_extra=described(component("TeamChanges")),
)
def patch_team(
    parts: ThisService,
    caller: Admin,
    request_id: RequestId,
    team: TeamName,
    posted: PostedDocument,
) -> Team:
    """Set quotas of a team, and for how many days it keeps jobs that have ended.

    For administrators of team `default`.
    """
    form = TeamChanges.parse(posted.document)
    with parts.database.write() as session:
        changes = form.model_dump(exclude_unset=True)
        row = change_team(session, caller, team, changes)
        at = parts.clock.now(session)
        note(session, caller, Action.TEAM_CHANGE, team, changes, at, request_id, team=team)
        return _team(row, uses(session, [row.name])[row.name])


@router.post(
    "/tokens", status_code=201, responses=WRITTEN, openapi_extra=described(component("NewToken"))
)
def post_token(
    parts: ThisService, caller: Admin, request_id: RequestId, posted: PostedDocument
) -> IssuedToken:
    """Make a token. Its text is in this reply and never to be had again."""
    form = NewToken.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row, text = issue_token(
            session,
            caller,
            name=form.name,
            team=form.team,
            role=Role(form.role),
            at=at,
            expires_at=form.expires_at,
            member=form.member,
            scopes=form.scopes,
        )
        body = form.model_dump(mode="json", exclude={"team"})
        note(session, caller, Action.TOKEN_CREATE, row.id, body, at, request_id, team=row.team)
        return IssuedToken(**_token(row).model_dump(), token=text)


@router.get("/tokens", responses=LISTED)
def get_tokens(
    parts: ThisService, caller: Admin, limit: Limit = 50, cursor: Cursor = None
) -> TokenPage:
    """The tokens that nobody has revoked, newest first: of every team, or of one's own."""
    after = None if cursor is None else decode_cursor("tokens", cursor)
    with parts.database.read() as session:
        rows = list_tokens(session, caller, after=after, limit=limit + 1)
    page, next_cursor = cut(rows, limit, lambda row: row.id)
    return TokenPage(
        items=[_token(row) for row in page],
        next_cursor=next_cursor,
    )


@router.delete("/tokens/{token_id}", status_code=204, responses=responses(401, 403, 404, 409, 503))
def delete_token(parts: ThisService, caller: Admin, request_id: RequestId, token_id: str) -> None:
    """Revoke a token, for every request from now on."""
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = revoke_token(session, caller, token_id, at)
        body = {"name": row.name, "role": row.role}
        note(session, caller, Action.TOKEN_REVOKE, row.id, body, at, request_id, team=row.team)
    parts.callers.forget()


def _team(row: TeamRow, use: Use) -> Team:
    return Team(
        name=row.name,
        quotas=row.quotas,
        use=QuotaUse(**asdict(use)),
        retention_days=row.retention_days,
        created_at=row.created_at,
    )


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        team=row.team,
        role=row.role,
        created_at=row.created_at,
        expires_at=row.expires_at,
        member=row.member,
        scopes=row.scopes,
    )
