"""Weights that people bring along, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool

from searchspace.tensorfile import TensorFile
from service.api.deps import Editor, Parts, RequestId, ThisService
from service.api.problems import responses
from service.api.repeated import repeated
from service.api.schemas.operations import StoredWeights
from service.artifacts.weights import CheckedUpload
from service.team.access import Caller
from service.team.audit import Action, note

router = APIRouter(prefix="/weights", tags=["compressions"])

Sha256 = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the bytes, in lower-case hex.")
]
BYTES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
        },
    }
}


@router.put(
    "/{sha256}",
    responses=responses(400, 401, 403, 413, 422, 503),
    openapi_extra=BYTES,
)
async def put_weights(
    parts: ThisService, caller: Editor, request_id: RequestId, sha256: Sha256, request: Request
) -> StoredWeights:
    """Store a safetensors file for `POST /compressions`; sending it again keeps it longer.

    It is kept as long as a job uses it, and for a day until one does. Nothing is stored of bytes
    that do not hash to their name or are no well-formed safetensors file.
    """
    async with contextmanager_in_threadpool(parts.artifacts.upload(sha256)) as upload:
        checked = CheckedUpload(upload, sha256)
        async for chunk in request.stream():
            await run_in_threadpool(checked.write, chunk)
        said = await run_in_threadpool(checked.seal)
        return await run_in_threadpool(_keep, parts, caller, request_id, sha256, checked, said)


def _keep(
    parts: Parts,
    caller: Caller,
    request_id: str,
    sha256: str,
    checked: CheckedUpload,
    said: TensorFile,
) -> StoredWeights:
    _announce(parts, caller, checked)
    checked.keep()
    size = _settle(parts, caller, request_id, sha256, checked, said)
    return StoredWeights(sha256=sha256, size=size, tensors=len(said.tensors))


@repeated
def _announce(parts: Parts, caller: Caller, checked: CheckedUpload) -> None:
    with parts.database.write() as session:
        checked.announce(session, caller.team, parts.clock.now(session))


@repeated
def _settle(
    parts: Parts,
    caller: Caller,
    request_id: str,
    sha256: str,
    checked: CheckedUpload,
    said: TensorFile,
) -> int:
    with parts.database.write() as session:
        at = parts.clock.now(session)
        size = checked.settle(session, caller.team, at)
        body = {"size": size, "tensors": len(said.tensors)}
        note(session, caller, Action.WEIGHTS_UPLOAD, sha256, body, at, request_id)
    return size
