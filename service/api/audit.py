"""The audit trail over HTTP, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.deps import Admin, ThisService
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.problems import responses
from service.api.schemas.team import AuditEntry, AuditPage
from service.db.tables import AuditRow
from service.team.audit import Action, list_audit

router = APIRouter(prefix="/audit", tags=["access"])

ActionFilter = Annotated[Action | None, Query()]
ActorFilter = Annotated[str | None, Query(max_length=100, description="Name of who did it.")]
ObjectFilter = Annotated[
    str | None, Query(max_length=200, description="Id or name of what it was done to.")
]


@router.get("", responses=responses(400, 401, 403, 422, 503))
def get_audit(
    parts: ThisService,
    caller: Admin,
    action: ActionFilter = None,
    actor: ActorFilter = None,
    object: ObjectFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AuditPage:
    """Who changed what, newest first: of every team for administrators of team `default`."""
    after = None if cursor is None else decode_cursor("audit", cursor)
    with parts.database.read() as session:
        rows = list_audit(
            session,
            caller,
            action=action,
            actor=actor,
            object=object,
            after=after,
            limit=limit + 1,
        )
    page, next_cursor = cut(rows, limit, lambda row: row.id)
    return AuditPage(
        items=[_entry(row) for row in page],
        next_cursor=next_cursor,
    )


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        team=row.team,
        actor=row.actor,
        token_id=row.token_id,
        action=row.action,
        object=row.object,
        body=row.body,
        request_id=row.request_id,
    )
