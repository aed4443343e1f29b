"""A team's members over HTTP, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path

from service.api.body import PostedDocument, component, described
from service.api.deps import Admin, RequestId, ThisService
from service.api.forms import MemberChange, NewMember
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.team import Member, MemberPage
from service.db.tables import MemberRow
from service.team.access import Role
from service.team.audit import Action, note
from service.team.members import add_member, change_member, list_members, remove_member

router = APIRouter(prefix="/teams/{team}/members", tags=["access"], route_class=Repeated)

TeamName = Annotated[str, Path(max_length=100)]
MemberName = Annotated[str, Path(max_length=100)]
WRITTEN = responses(400, 401, 403, 404, 409, 413, 415, 422, 503)


@router.post(
    "",
    status_code=201,
    responses=WRITTEN,
    openapi_extra=described(component("NewMember")),
)
def post_member(
    parts: ThisService,
    caller: Admin,
    request_id: RequestId,
    team: TeamName,
    posted: PostedDocument,
) -> Member:
    """Take a person into the team."""
    form = NewMember.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = add_member(session, caller, team, form.name, Role(form.role), at)
        body = {"team": team, "role": form.role}
        note(session, caller, Action.MEMBER_ADD, row.name, body, at, request_id, team=team)
        return _member(row)


@router.get("", responses=responses(400, 401, 403, 404, 422, 503))
def get_members(
    parts: ThisService,
    caller: Admin,
    team: TeamName,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MemberPage:
    """The team's members, newest first."""
    after = None if cursor is None else decode_cursor("members", cursor)
    with parts.database.read() as session:
        rows = list_members(session, caller, team, after=after, limit=limit + 1)
    page, next_cursor = cut(rows, limit, lambda row: row.name)
    return MemberPage(
        items=[_member(row) for row in page],
        next_cursor=next_cursor,
    )


@router.patch("/{name}", responses=WRITTEN, openapi_extra=described(component("MemberChange")))
def patch_member(
    parts: ThisService,
    caller: Admin,
    request_id: RequestId,
    team: TeamName,
    name: MemberName,
    posted: PostedDocument,
) -> Member:
    """Give a member another role. It bounds that of their tokens from the next request on."""
    form = MemberChange.parse(posted.document)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row = change_member(session, caller, team, name, Role(form.role), at)
        body = {"team": team, "role": form.role}
        note(session, caller, Action.MEMBER_CHANGE, name, body, at, request_id, team=team)
        changed = _member(row)
    parts.callers.forget()
    return changed


@router.delete("/{name}", status_code=204, responses=responses(401, 403, 404, 409, 422, 503))
def delete_member(
    parts: ThisService, caller: Admin, request_id: RequestId, team: TeamName, name: MemberName
) -> None:
    """Take a person out of the team, and revoke their tokens. Their jobs stay."""
    with parts.database.write() as session:
        at = parts.clock.now(session)
        row, tokens = remove_member(session, caller, team, name, at)
        body = {"team": team, "role": row.role, "tokens_revoked": tokens}
        note(session, caller, Action.MEMBER_REMOVE, name, body, at, request_id, team=team)
    parts.callers.forget()


def _member(row: MemberRow) -> Member:
    return Member(team=row.team, name=row.name, role=row.role, created_at=row.created_at)
