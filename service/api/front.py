"""The front over HTTP: as JSON or as a table, now or as it was."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic_core import to_json

from service.api.conditions import is_unchanged, prefers_csv
from service.api.deps import ThisService, Viewer
from service.api.problems import responses
from service.api.schemas.front import FrontHistory, FrontPoint, FrontReply
from service.api.table import front_table
from service.api.views import front_view
from service.front.retraining import retrainings
from service.front.revisions import history, read_front
from service.jobs.lookup import FrontVersion, find_front_version, find_job

router = APIRouter(prefix="/jobs/{job_id}/front", tags=["front"])

AsOf = Annotated[int | None, Query(ge=0, lt=2**31, description="A revision of the front.")]
Feasible = Annotated[
    bool, Query(description="`false`: models that break a constraint compete as well.")
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
Accept = Annotated[str | None, Header(description="`application/json` or `text/csv`.")]

FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "headers": {"ETag": {"schema": {"type": "string"}}},
    },
    304: {"description": "The client has this revision already"},
}


@router.get("", response_model=FrontReply, responses=FORMS | responses(401, 403, 404, 422, 503))
def get_front(
    parts: ThisService,
    caller: Viewer,
    job_id: str,
    as_of: AsOf = None,
    feasible: Feasible = True,
    accept: Accept = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The non-dominated models of a job; the ETag changes with the revision and what is beside it."""
    csv = prefers_csv(accept)
    media_type = "text/csv; charset=utf-8" if csv else "application/json"
    with parts.database.read() as session:
        version = find_front_version(session, caller.team, job_id)
        etag = _etag(job_id, version, as_of, feasible=feasible, csv=csv)
        headers = {"ETag": etag, "Vary": "Accept", "Cache-Control": "private, no-cache"}
        if is_unchanged(if_none_match, etag):
            return Response(status_code=304, headers=headers)
        if (body := parts.replies.get(etag)) is not None:
            return Response(body, media_type=media_type, headers=headers)
        job = find_job(session, caller.team, job_id)
        front = read_front(session, job, as_of, feasible)
        retrained = retrainings(session, job)
    view = front_view(job, front, retrained)
    body = front_table(FrontReply.model_validate(view)).encode() if csv else to_json(view)
    parts.replies.put(etag, body)
    return Response(body, media_type=media_type, headers=headers)


@router.get("/history", responses=responses(401, 403, 404, 503))
def get_history(parts: ThisService, caller: Viewer, job_id: str) -> FrontHistory:
    """Every revision of the front, oldest first."""
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        rows = history(session, job_id)
    return FrontHistory(
        items=[
            FrontPoint(
                at=row.at,
                revision=row.revision,
                trials_finished=row.trials_finished,
                hypervolume=row.hypervolume,
                front_size=row.front_size,
            )
            for row in rows
        ]
    )


def _etag(
    job_id: str, version: FrontVersion, as_of: int | None, *, feasible: bool, csv: bool
) -> str:
    revision = str(version.revision)
    if as_of not in (None, version.revision):
        # Models of an earlier front tell whether they are on it still.
        revision = f"{as_of}-of-{version.revision}"
    # Infeasible models make no revision of their own, but each comes with a finished trial.
    rest = "" if feasible else f"-all{version.trials_finished}"
    beside = f"-beside{version.extras_finished}" if version.extras_finished else ""
    return f'"{job_id}-{revision}{rest}{beside}{"-csv" if csv else ""}"'
