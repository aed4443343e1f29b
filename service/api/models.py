"""Models over HTTP: what was measured of one, and the files that it comes in."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from searchspace.spec import ExportFormat
from service.api.conditions import is_unchanged, require_match, wanted_range
from service.api.deps import Downloader, Parts, ThisService, Viewer
from service.api.problems import responses
from service.api.schemas.models import ModelDetail
from service.api.views import model_detail_view
from service.front.bundle import bundle
from service.front.retraining import retrainings
from service.jobs.lookup import find_export, find_job, find_model, list_exports

router = APIRouter(prefix="/jobs/{job_id}/models", tags=["models"])

MEDIA_TYPE = "application/octet-stream"
CHUNK = 256 * 1024
SUFFIXES = {
    ExportFormat.ONNX: ".onnx",
    ExportFormat.ONNX_INT8: ".int8.onnx",
    ExportFormat.PTE: ".pte",
}

RangeHeader = Annotated[str | None, Header(alias="Range", description="One range of bytes.")]
IfMatch = Annotated[str | None, Header(alias="If-Match")]
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


def _stored_bytes(what: str) -> dict[int | str, dict[str, Any]]:
    """How a route answers whose file may be had from the store itself."""
    link = {"description": "The file is at `Location`, for five minutes"}
    return _bytes(what) | {307: link} | responses(422)


def _bytes(what: str) -> dict[int | str, dict[str, Any]]:
    """How a route that sends a file answers."""
    own: dict[int | str, dict[str, Any]] = {
        200: {"description": what, "content": _BINARY},
        206: {"description": "The bytes of the range", "content": _BINARY},
        304: {"description": "The client has these bytes already"},
    }
    return own | responses(401, 403, 404, 412, 416, 500, 503)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the client has of a file, and what it wants."""

    byte_range: RangeHeader = None
    if_match: IfMatch = None
    if_range: IfRange = None
    if_none_match: IfNoneMatch = None


@dataclass(frozen=True, slots=True)
class AskedOfStore(Asked):
    """Of a file that is in the store as it is."""

    redirect: Annotated[
        bool,
        Query(
            description="Rather be sent to the storage itself, where it gives links. "
            "It checks nothing: compare the bytes' SHA-256 with the model's.",
        ),
    ] = False


AskedFor = Annotated[Asked, Depends()]
AskedForStored = Annotated[AskedOfStore, Depends()]


@router.get("/{model_id}", responses=responses(401, 403, 404, 503))
def get_model(parts: ThisService, caller: Viewer, job_id: str, model_id: str) -> ModelDetail:
    """One model, beside what its backbone would have under the other heads."""
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
        model, trial = find_model(session, job_id, model_id)
        retrained = retrainings(session, job, model_id)
        exports = list_exports(session, model_id)
        return model_detail_view(model, trial, exports, retrained.get(model_id, ()))


@router.get(
    "/{model_id}/checkpoint",
    response_class=Response,
    responses=_stored_bytes("The checkpoint, in the safetensors format"),
)
def get_checkpoint(
    parts: ThisService, caller: Downloader, job_id: str, model_id: str, asked: AskedForStored
) -> Response:
    """The checkpoint's bytes, found to hash to their name before the first one is sent."""
    with parts.database.read() as session:
        find_job(session, caller.team, job_id)
        model, _ = find_model(session, job_id, model_id)
    name = f"{model.id}.safetensors"
    return _stored(parts, model.checkpoint, model.checkpoint_bytes, name, asked)


@router.get(
    "/{model_id}/onnx",
    response_class=Response,
    responses=_stored_bytes("The model as ONNX, for any number of images at once"),
)
def get_onnx(
    parts: ThisService, caller: Downloader, job_id: str, model_id: str, asked: AskedForStored
) -> Response:
    """The model as ONNX; it was found to give the logits that torch gives."""
    return _export(parts, caller.team, job_id, model_id, ExportFormat.ONNX, asked)


@router.get(
    "/{model_id}/onnx-int8",
    response_class=Response,
    responses=_stored_bytes("The model as ONNX, in 8-bit integers"),
)
def get_onnx_int8(
    parts: ThisService, caller: Downloader, job_id: str, model_id: str, asked: AskedForStored
) -> Response:
    """The model in 8 bits, where the job's spec asks for it in `exports`."""
    return _export(parts, caller.team, job_id, model_id, ExportFormat.ONNX_INT8, asked)


@router.get(
    "/{model_id}/pte",
    response_class=Response,
    responses=_stored_bytes("The model as an ExecuTorch program, for one image at a time"),
)
def get_pte(
    parts: ThisService, caller: Downloader, job_id: str, model_id: str, asked: AskedForStored
) -> Response:
    """The model for ExecuTorch, where the job's spec asks for it; it was found to give torch's logits."""
    return _export(parts, caller.team, job_id, model_id, ExportFormat.PTE, asked)


@router.get(
    "/{model_id}/bundle",
    response_class=Response,
    responses=_bytes("A zip file: weights, architecture, `model.py`, ONNX, metrics, README"),
)
def get_bundle(
    parts: ThisService, caller: Downloader, job_id: str, model_id: str, asked: AskedFor
) -> Response:
    """All that it takes to use the model elsewhere; its `model.py` needs torch and safetensors alone."""
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
        model, trial = find_model(session, job_id, model_id)
        exports = list_exports(session, model_id)
    detail = model_detail_view(model, trial, exports, ())
    metrics = {
        "job": {"id": job.id, "name": job.name, "dataset": job.spec["dataset"]},
        **detail.model_dump(
            mode="json",
            include={"id", "trial_number", "values", "latency", "parameters", "baselines"},
        ),
    }
    onnx = [export.sha256 for export in exports if export.form == ExportFormat.ONNX]
    data = bundle(
        model.architecture,
        metrics,
        _read(parts, model.checkpoint),
        _read(parts, onnx[0]) if onnx else None,
    )
    sha256 = hashlib.sha256(data).hexdigest()
    require_match(asked.if_match, f'"{sha256}"')
    return _send(lambda: io.BytesIO(data), sha256, len(data), f"{model.id}.zip", asked)


def _export(
    parts: Parts, team: str, job_id: str, model_id: str, form: ExportFormat, asked: AskedOfStore
) -> Response:
    with parts.database.read() as session:
        find_job(session, team, job_id)
        find_model(session, job_id, model_id)
        export = find_export(session, model_id, form)
    name = f"{model_id}{SUFFIXES[form]}"
    return _stored(parts, export.sha256, export.size, name, asked)


def _stored(parts: Parts, sha256: str, size: int, name: str, asked: AskedOfStore) -> Response:
    etag = f'"{sha256}"'
    require_match(asked.if_match, etag)
    if asked.redirect and not is_unchanged(asked.if_none_match, etag):
        link = parts.artifacts.link(sha256, name)
        if link is not None:
            headers = {"Location": link, "Cache-Control": "no-store", "ETag": etag}
            return Response(status_code=307, headers=headers)

    def opened() -> BinaryIO:
        file = parts.artifacts.open(sha256)
        parts.telemetry.sent(size)
        return file

    return _send(opened, sha256, size, name, asked)


def _read(parts: Parts, sha256: str) -> bytes:
    with parts.artifacts.open(sha256) as file:
        return file.read()


def _send(
    open_file: Callable[[], BinaryIO], sha256: str, size: int, name: str, asked: Asked
) -> Response:
    """A file, or the part of it that is asked for."""
    etag = f'"{sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}
    if is_unchanged(asked.if_none_match, etag):
        return Response(status_code=304, headers=headers)
    wanted = wanted_range(asked.byte_range, asked.if_range, etag, size)
    start, end = wanted or (0, size)
    headers |= {
        "Content-Length": str(end - start),
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    file = open_file()
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
