"""Compressions over HTTP: each is a job like any other from then on."""

from fastapi import APIRouter, Response

from service.api.body import PostedDocument, component, described
from service.api.deps import Editor, RequestId, ThisService
from service.api.posting import POSTED, IdempotencyKey, post
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.jobs import Job
from service.jobs.compression import plan_compression

router = APIRouter(prefix="/compressions", tags=["compressions"], route_class=Repeated)


@router.post(
    "",
    status_code=201,
    response_model=Job,
    responses=POSTED | responses(400, 401, 403, 404, 413, 415, 422, 503),
    openapi_extra=described(component("Compression")),
)
def post_compression(
    parts: ThisService,
    caller: Editor,
    request_id: RequestId,
    posted: PostedDocument,
    idempotency_key: IdempotencyKey = None,
    dry_run: bool = False,
) -> Response:
    """Queue a job that compresses the dense head of a trained network, at several ranks.

    Its answers are those of `POST /jobs`.
    """
    return post(
        parts,
        caller,
        request_id,
        posted,
        lambda ground: plan_compression(
            parts.database, parts.artifacts, caller.team, posted.document, ground
        ),
        key=idempotency_key,
        dry_run=dry_run,
    )
