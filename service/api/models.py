"""Models over HTTP: what was measured of one, and its checkpoint's bytes."""

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.api.conditions import is_unchanged, wanted_range
from service.api.deps import Downloader, ThisService, Viewer
from service.api.problems import responses
from service.api.schemas import ModelDetail
from service.api.views import model_detail_view
from service.lookup import find_job, find_model
from service.retraining import retrainings

router = APIRouter(prefix="/jobs/{job_id}/models", tags=["models"])

MEDIA_TYPE = "application/octet-stream"
CHUNK = 256 * 1024

RangeHeader = Annotated[str | None, Header(alias="Range", description="One range of bytes.")]
IfRange = Annotated[str | None, Header(alias="If-Range")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]


class FileResponse(StreamingResponse):
    """Bytes out of an open file, which is closed however the response comes to its end."""

    def __init__(self, file: BinaryIO, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A client that hangs up leaves the generator of the bytes where it is.
        with self._file:
            await super().__call__(scope, receive, send)


_BINARY = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The checkpoint, in the safetensors format", "content": _BINARY},
    206: {"description": "The bytes of the range", "content": _BINARY},
    304: {"description": "The client has these bytes already"},
}


@router.get("/{model_id}", responses=responses(401, 403, 404, 503))
def get_model(parts: ThisService, caller: Viewer, job_id: str, model_id: str) -> ModelDetail:
    """One model, beside what its backbone would have under the other heads."""
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
        model, trial = find_model(session, job_id, model_id)
        retrained = retrainings(session, job, model_id)
        return model_detail_view(model, trial, retrained.get(model_id, ()))


@router.get(
    "/{model_id}/checkpoint",
    response_class=Response,
    responses=BYTES | responses(401, 403, 404, 416, 500, 503),
)
def get_checkpoint(
    parts: ThisService,
    caller: Downloader,
    job_id: str,
    model_id: str,
    byte_range: RangeHeader = None,
    if_range: IfRange = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The checkpoint's bytes, found to hash to their name before the first one is sent."""
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        model, _ = find_model(session, job_id, model_id)
    etag = f'"{model.checkpoint}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}
    if is_unchanged(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    size = model.checkpoint_bytes
    wanted = wanted_range(byte_range, if_range, etag, size)
    start, end = wanted or (0, size)
    headers |= {
        "Content-Length": str(end - start),
        "Content-Disposition": f'attachment; filename="{model.id}.safetensors"',
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    file = parts.artifacts.open(model.checkpoint)
    return FileResponse(
        file,
        _chunks(file, start, end),
        status_code=200 if wanted is None else 206,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        yield chunk
