"""A team's devices over HTTP: which there are, and what their agents ask (see `service.devices.protocol`)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response

from service.api.deps import DeviceAgent, ThisService, Viewer
from service.api.problems import responses
from service.api.repeated import Repeated
from service.api.schemas.cluster import Device, DeviceList
from service.api.wire import answer, read
from service.devices import measurements
from service.devices.protocol import DeviceClaim, DeviceClaimReply, LatencyReport, Leased, Refusal
from service.jobs.ground import live_devices

router = APIRouter(tags=["cluster"])
agents = APIRouter(prefix="/device", include_in_schema=False, route_class=Repeated)

MEASUREMENT = "/measurements/{measurement_id}"


@router.get("/devices", responses=responses(401, 403, 503))
def get_devices(parts: ThisService, caller: Viewer) -> DeviceList:
    """The team's devices, as their agents last reported them, the latest first."""
    with parts.database.read() as session:
        alive = live_devices(session, parts.settings, parts.clock.now(session), caller.team)
        rows = measurements.devices_of(session, caller.team)
    return DeviceList(
        items=[
            Device(
                profile=row.profile,
                alive=row.profile in alive,
                seen_at=row.seen_at,
                **row.system,
            )
            for row in rows
        ]
    )


@agents.post("/claim")
def claim(
    parts: ThisService,
    caller: DeviceAgent,
    body: Annotated[DeviceClaim, Depends(read(DeviceClaim))],
) -> Response:
    with parts.database.write() as session:
        at = parts.clock.now(session)
        task = measurements.claim(session, caller.team, body, at, parts.settings)
    return answer(DeviceClaimReply(task=task))


@agents.get(MEASUREMENT + "/{part}")
def get_file(
    parts: ThisService,
    caller: DeviceAgent,
    measurement_id: str,
    part: Literal["model", "reference"],
) -> Response:
    with parts.database.read() as session:
        sha256 = measurements.file_of(session, caller.team, measurement_id, part)
    with parts.artifacts.open(sha256) as file:
        return Response(file.read(), media_type="application/octet-stream")


@agents.post(MEASUREMENT + "/renew", status_code=204)
def renew(
    parts: ThisService,
    caller: DeviceAgent,
    measurement_id: str,
    body: Annotated[Leased, Depends(read(Leased))],
) -> None:
    with parts.database.write() as session:
        at, seconds = parts.clock.now(session), parts.settings.device_lease_seconds
        measurements.renew(session, caller.team, measurement_id, body, at, seconds)


@agents.post(MEASUREMENT + "/report", status_code=204)
def report(
    parts: ThisService,
    caller: DeviceAgent,
    measurement_id: str,
    body: Annotated[LatencyReport, Depends(read(LatencyReport))],
) -> None:
    with parts.database.write() as session:
        at = parts.clock.now(session)
        measurements.report(session, caller.team, measurement_id, body, body.latency, at)


@agents.post(MEASUREMENT + "/refuse", status_code=204)
def refuse(
    parts: ThisService,
    caller: DeviceAgent,
    measurement_id: str,
    body: Annotated[Refusal, Depends(read(Refusal))],
) -> None:
    with parts.database.write() as session:
        measurements.refuse(session, caller.team, measurement_id, body, body.detail)


@agents.post(MEASUREMENT + "/release", status_code=204)
def release(
    parts: ThisService,
    caller: DeviceAgent,
    measurement_id: str,
    body: Annotated[Leased, Depends(read(Leased))],
) -> None:
    with parts.database.write() as session:
        measurements.release(session, caller.team, measurement_id, body)
