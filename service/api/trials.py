"""Trials over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from searchspace.errors import InvalidDocument, Problem, json_pointer
from service.api.body import PostedDocument, described
from service.api.deps import Editor, RequestId, ThisService, Viewer
from service.api.paging import Cursor, Limit, cut, decode_cursor
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.trials import TrialDetail, TrialPage, WaitingPoint
from service.api.views import trial_detail_view, trial_view
from service.jobs.commands import lock_job
from service.jobs.lookup import find_curve, find_job, find_trial, list_models, list_trials
from service.lifecycle import TrialState
from service.team.audit import Action, note
from service.trials.points import check_point, give

router = APIRouter(prefix="/jobs/{job_id}/trials", tags=["trials"], route_class=Repeated)

StateFilter = Annotated[list[TrialState], Query(description="Repeated, any may match.")]
POINT: dict[str, Any] = {
    "type": "object",
    "required": ["parameters"],
    "additionalProperties": False,
    "properties": {"parameters": {"type": "object"}},
}
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
    page, next_cursor = cut(rows, limit, lambda row: row.number)
    return TrialPage(
        items=[trial_view(row) for row in page],
        next_cursor=next_cursor,
    )


@router.post(
    "",
    status_code=202,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=described(POINT),
)
def post_trial(
    parts: ThisService,
    caller: Editor,
    request_id: RequestId,
    job_id: str,
    posted: PostedDocument,
) -> WaitingPoint:
    """A point of one's own, run before the sampler is asked again; the budget grows by one."""
    _refuse_unknown(posted.document)
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
    parameters = check_point(job.spec, job.dataset, posted.document["parameters"])
    with parts.database.write() as session:
        job = lock_job(session, job_id, caller.team)
        at = parts.clock.now(session)
        row = give(session, job, parameters, caller.name, at)
        body = {"point": row.id, "parameters": parameters}
        note(session, caller, Action.POINT_GIVE, job_id, body, at, request_id)
        return WaitingPoint(
            id=row.id, job_id=job_id, parameters=parameters, waiting=job.points_waiting
        )


def _refuse_unknown(document: Mapping[str, object]) -> None:
    problems = [
        Problem(json_pointer((name,)), "unknown field")
        for name in document.keys() - {"parameters"}
    ]
    if "parameters" not in document:
        problems.append(Problem("/parameters", "required field is missing"))
    if problems:
        raise InvalidDocument(problems)


@router.get("/{number}", responses=responses(401, 403, 404, 422, 503))
def get_trial(parts: ThisService, caller: Viewer, job_id: str, number: TrialNumber) -> TrialDetail:
    """One trial with its learning curve and its models."""
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        trial = find_trial(session, job_id, number)
        trained = number if trial.copy_of is None else trial.copy_of
        return trial_detail_view(
            trial,
            find_curve(session, job_id, trained),
            list_models(session, job_id, trained),
        )
