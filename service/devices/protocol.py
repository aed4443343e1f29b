"""The wire between the agent of a device and the control plane, under `/api/v1`.

The agent (`workers.device_agent`) asks for models to measure, with a token of scope
`device`. What it measures is leased to it: a report names the lease, and a stale one is answered
409 `stale_lease` and changes nothing.

| method, path | body → reply |
|---|---|
| POST /device/claim | DeviceClaim → DeviceClaimReply |
| GET /device/measurements/{id}/{model or reference} | bytes |
| POST /device/measurements/{id}/renew | Leased → 204 |
| POST /device/measurements/{id}/report | LatencyReport → 204 |
| POST /device/measurements/{id}/refuse | Refusal → 204 |
| POST /device/measurements/{id}/release | Leased → 204 |
"""

from typing import Annotated

from pydantic import Field

from service.protocol import PROTOCOL_VERSION, Attempt, Detail, Latency, Seconds, Sha256, Wire


class DeviceSystem(Wire):
    """What a device is, for people."""

    machine: Annotated[str, Field(max_length=200)]
    system: Annotated[str, Field(max_length=200)]
    python: Annotated[str, Field(max_length=100)]
    onnxruntime: Annotated[str, Field(max_length=100)]
    cpus: Annotated[int, Field(ge=1)]


class DeviceClaim(Wire):
    """An agent is there, and would measure. agent: UUID of this start of it."""

    protocol: int = PROTOCOL_VERSION
    agent: Annotated[str, Field(min_length=1, max_length=64)]
    profile: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    system: DeviceSystem


class Task(Wire):
    """A model leased to an agent. lease_seconds: without a renewal for so long it is another's."""

    id: str
    attempt: Attempt
    model: Sha256
    reference: Sha256
    batch_size: int
    threads: int
    lease_seconds: Seconds


class DeviceClaimReply(Wire):
    task: Task | None


class Leased(Wire):
    """Which lease an agent speaks of."""

    agent: Annotated[str, Field(min_length=1, max_length=64)]
    attempt: Attempt


class LatencyReport(Leased):
    latency: Latency


class Refusal(Leased):
    """The device cannot measure the model."""

    detail: Detail
