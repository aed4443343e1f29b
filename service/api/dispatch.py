"""What dispatchers ask: see `service.protocol`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from service.api.deps import Parts, get_parts, require_dispatcher
from service.api.repeated import Repeated
from service.api.wire import answer, read
from service.jobs.catalogue import available
from service.protocol import Beat, BeatReply, ClaimReply, ClaimRequest, Lost
from service.queue import clusters, ownership

router = APIRouter(
    prefix="/dispatch",
    dependencies=[Depends(require_dispatcher)],
    include_in_schema=False,
    route_class=Repeated,
)

TheParts = Annotated[Parts, Depends(get_parts)]


@router.post("/beat")
def beat(body: Annotated[Beat, Depends(read(Beat))], parts: TheParts) -> Response:
    if body.fetching:
        here = available(parts.settings.data_dir, body.datasets)
        body = body.model_copy(update={"datasets": tuple(here.values())})
    with parts.database.write() as session:
        at = parts.clock.now(session)
        clusters.beat(session, body, at)
        held = ownership.held(session, body.cluster, at, parts.settings)
    return answer(BeatReply(held=held))


@router.post("/claim")
def claim(body: Annotated[ClaimRequest, Depends(read(ClaimRequest))], parts: TheParts) -> Response:
    if parts.drain.begun:
        # Not a refusal: the dispatcher would ask again and again instead of leaving.
        return answer(ClaimReply(claim=None))
    waits: list[float] = []
    with parts.database.write() as session:
        at = parts.clock.now(session)
        claimed = ownership.claim(session, body, at, parts.settings, on_given=waits.append)
    for waited in waits:
        parts.telemetry.claimed(waited)
    return answer(ClaimReply(claim=claimed))


@router.post("/jobs/{job_id}/lost", status_code=204)
def lost(job_id: str, body: Annotated[Lost, Depends(read(Lost))], parts: TheParts) -> None:
    with parts.database.write() as session:
        at = parts.clock.now(session)
        ownership.lost(session, job_id, body.epoch, body.detail, at, launched=body.launched)
    parts.telemetry.lost()
