"""Trials over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from service.api.deps import ThisService, Viewer
from service.api.paging import Cursor, Limit, decode_cursor, encode_cursor
from service.api.problems import responses
from service.api.schemas import TrialDetail, TrialPage
from service.api.views import trial_detail_view, trial_view
from service.lifecycle import TrialState
from service.lookup import find_curve, find_job, find_trial, list_models, list_trials

router = APIRouter(prefix="/jobs/{job_id}/trials", tags=["trials"])

StateFilter = Annotated[list[TrialState], Query(description="Repeated, any may match.")]
# Beyond 32 bits PostgreSQL refuses to compare, where it should say that there is none.
TrialNumber = Annotated[int, Path(ge=0, lt=2**31)]


@router.get("", responses=responses(400, 401, 403, 404, 422, 503))
def get_trials(
    parts: ThisService,
    caller: Viewer,
    job_id: str,
    state: StateFilter = [],  # noqa: B006  FastAPI copies a default
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TrialPage:
    """A job's trials, newest first."""
    after = None if cursor is None else int(decode_cursor("trials", cursor))
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        rows = list_trials(session, job_id, states=state, after=after, limit=limit + 1)
    page = rows[:limit]
    return TrialPage(
        items=[trial_view(row) for row in page],
        next_cursor=encode_cursor(page[-1].number) if len(rows) > limit else None,
    )


@router.get("/{number}", responses=responses(401, 403, 404, 422, 503))
def get_trial(parts: ThisService, caller: Viewer, job_id: str, number: TrialNumber) -> TrialDetail:
    """One trial with its learning curve and its models."""
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        return trial_detail_view(
            find_trial(session, job_id, number),
            find_curve(session, job_id, number),
            list_models(session, job_id, number),
        )
