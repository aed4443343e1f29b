"""What the runner of one job asks: see `service.protocol`. Each request is one transaction, which
begins with the fence; an upload is two, with the store between them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.responses import FileResponse

from searchspace.datasets import DatasetInfo
from service.api.deps import Parts, get_parts, runner_token
from service.api.repeated import Repeated, repeated
from service.api.wire import answer, read
from service.artifacts import deposit
from service.artifacts.port import Upload
from service.devices import measurements
from service.errors import NotFound, StaleEpoch
from service.front import retraining
from service.jobs.catalogue import file_of
from service.jobs.warm_start import observations_of
from service.protocol import (
    Digests,
    Finish,
    Hello,
    HelloReply,
    Latencies,
    Measuring,
    Records,
    RecordsReply,
    Renew,
    Winners,
)
from service.queue import ownership
from service.team.access import RunnerToken
from service.trials.recall import known_trials, latencies_of, latency_profile
from service.trials.record import record

router = APIRouter(prefix="/runner/jobs/{job_id}", include_in_schema=False, route_class=Repeated)

TheParts = Annotated[Parts, Depends(get_parts)]
Token = Annotated[RunnerToken, Depends(runner_token)]
DatasetFile = Annotated[str, Path(pattern=r"^(dataset\.json|[a-z_]+\.npy)$")]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.post("/hello")
def hello(token: Token, body: Annotated[Hello, Depends(read(Hello))], parts: TheParts) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        job = ownership.hello(
            session, token, body.runner, at, parts.settings, own_sha256=body.token_sha256
        )
        orders = ownership.orders(session, job, at, parts.settings)
    # Apart from the write: long histories take a while, and nobody else adds to them now.
    with parts.database.read() as session:
        trials = known_trials(session, job)
        observations = observations_of(session, job)
    dataset = DatasetInfo.model_validate(job.dataset)
    return answer(
        HelloReply(
            spec=job.spec,
            dataset=dataset,
            trials=trials,
            orders=orders,
            observations=observations,
        )
    )


@router.post("/renew")
def renew(token: Token, body: Annotated[Renew, Depends(read(Renew))], parts: TheParts) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.write_together() as session:
        at = parts.clock.now(session)
        job = ownership.renew(session, token, at, parts.settings)
        return answer(ownership.orders(session, job, at, parts.settings))


@router.post("/records")
def records(
    token: Token, body: Annotated[Records, Depends(read(Records))], parts: TheParts
) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.write_together() as session:
        at = parts.clock.now(session)
        job = ownership.renew(session, token, at, parts.settings)
        latencies = record(session, job, body.records, at)
        orders = ownership.orders(session, job, at, parts.settings)
    parts.telemetry.recorded(body.records)
    return answer(RecordsReply(orders=orders, latencies=latencies))


@router.post("/winners")
def winners(
    token: Token, body: Annotated[Renew, Depends(read(Renew))], parts: TheParts
) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.write() as session:
        job = ownership.renew(session, token, parts.clock.now(session), parts.settings)
        return answer(Winners(models=retraining.winners(session, job)))


@router.post("/latencies")
def latencies(
    token: Token, body: Annotated[Digests, Depends(read(Digests))], parts: TheParts
) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.read() as session:
        job = ownership.require_owner(session, token)
        found = latencies_of(session, latency_profile(job), set(body.digests))
    return answer(Latencies(latencies=found))


@router.post("/measure")
def measure(
    token: Token, body: Annotated[Measuring, Depends(read(Measuring))], parts: TheParts
) -> Response:
    _require_epoch(token, body.epoch)
    with parts.database.write() as session:
        job = ownership.hold(session, token)
        return answer(measurements.ask(session, job, body, parts.clock.now(session)))


@router.put("/artifacts/{sha256}", status_code=204)
async def put_artifact(token: Token, sha256: Sha256, request: Request, parts: TheParts) -> None:
    await run_in_threadpool(_require_owner, parts, token)
    async with contextmanager_in_threadpool(parts.artifacts.upload(sha256)) as upload:
        async for chunk in request.stream():
            await run_in_threadpool(upload.write, chunk)
        await run_in_threadpool(_keep, parts, token, sha256, upload)


@router.get("/artifacts/{sha256}")
def get_artifact(token: Token, sha256: Sha256, parts: TheParts) -> Response:
    _require_owner(parts, token)
    with parts.artifacts.open(sha256) as file:
        content = file.read()
    parts.telemetry.sent(len(content))
    return Response(content, media_type="application/octet-stream")


@router.get("/dataset/{name}")
def get_dataset(token: Token, name: DatasetFile, parts: TheParts) -> Response:
    with parts.database.read() as session:
        key = ownership.require_owner(session, token).dataset_key
    path = file_of(parts.settings.data_dir, key, name)
    if path is None:
        raise NotFound(f"data set {key} is not with the control plane")
    return FileResponse(path, media_type="application/octet-stream")


@router.post("/finish", status_code=204)
def finish(token: Token, body: Annotated[Finish, Depends(read(Finish))], parts: TheParts) -> None:
    _require_epoch(token, body.epoch)
    with parts.database.write() as session:
        at = parts.clock.now(session)
        ownership.finish(session, token, body.reason, body.detail, at, body.trials, body.rejected)


def _require_epoch(token: RunnerToken, epoch: int) -> None:
    if token.epoch != epoch:
        raise StaleEpoch(token.job_id, epoch)


def _require_owner(parts: Parts, token: RunnerToken) -> None:
    with parts.database.read() as session:
        ownership.require_owner(session, token)


def _keep(parts: Parts, token: RunnerToken, sha256: str, upload: Upload) -> None:
    size = upload.seal()
    _announce(parts, token, sha256)
    upload.keep()
    _settle(parts, token, sha256, size)
    parts.telemetry.stored(size)


@repeated
def _announce(parts: Parts, token: RunnerToken, sha256: str) -> None:
    with parts.database.write_together() as session:
        ownership.hold(session, token)
        deposit.announce(session, sha256, parts.clock.now(session))


@repeated
def _settle(parts: Parts, token: RunnerToken, sha256: str, size: int) -> None:
    with parts.database.write_together() as session:
        ownership.hold(session, token)
        deposit.settle(session, sha256, size, parts.clock.now(session))
