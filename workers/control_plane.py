"""The execution plane's side of the runner protocol: HTTP with retries and a deadline.

Every call is safe to send again (see `service.protocol`), so whatever may heal is retried: a
connection that fails, a 429, a 5xx. What cannot heal is raised.
"""

import hashlib
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import httpx
from pydantic import BaseModel

from observing import traces
from service.protocol import (
    Beat,
    BeatReply,
    ClaimReply,
    ClaimRequest,
    Digests,
    Finish,
    Hello,
    HelloReply,
    JobReason,
    Latencies,
    Latency,
    Lost,
    Measured,
    Measuring,
    Orders,
    Record,
    Records,
    RecordsReply,
    Renew,
    Winner,
    Winners,
)

Reply = TypeVar("Reply", bound=BaseModel)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class StaleEpoch(RuntimeError):
    """Somebody else owns the job now; nothing of ours is written any more."""


class Refused(RuntimeError):
    """The control plane understood, and will say the same however often it is asked."""


class Unreachable(RuntimeError):
    """No answer within the deadline."""


class DeviceFailed(RuntimeError):
    """The job's device cannot measure a model."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How long a call may go on trying, and how time passes.

    within_seconds: give up after this long; measured on `clock`.
    """

    within_seconds: float
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """Seconds to wait before each further try, doubling with jitter, until time is up."""
        started, pause = self.clock(), FIRST_PAUSE_SECONDS
        while self.clock() - started + pause < self.within_seconds:
            yield pause * random.uniform(0.5, 1.0)  # noqa: S311  jitter needs no secrecy
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


class Connection:
    """Authenticated calls under `URL/api/v1`. Safe to use from several threads.

    answer_seconds: how long one try waits for each part of its answer.
    """

    def __init__(
        self, url: str, token: str, retry: Retry, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.retry = retry
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(answer_seconds, connect=min(CONNECT_SECONDS, answer_seconds)),
            # Loading the authorities takes a third of a second that plain HTTP has no use for.
            verify=url.startswith("https:"),
        )

    def close(self) -> None:
        self._http.close()

    def post(self, path: str, body: BaseModel) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return self.call("POST", path, content=body.model_dump_json().encode(), headers=headers)

    def call(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One request, tried until it is answered.

        Raises:
            StaleEpoch: answered 409 `stale_epoch`.
            Refused: answered any other 4xx.
            Unreachable: not answered within the retry's deadline.
        """
        parent = traces.current()
        if parent is None:
            return self._persist(method, path, content, headers or {})
        name = f"{method} {path.rpartition('/')[2] if method == 'POST' else 'artifact'}"
        with traces.span(name, traces.Kind.CLIENT) as span:
            traced = {traces.HEADER: span.traceparent or parent}
            return self._persist(method, path, content, traced | (headers or {}))

    def _persist(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        pauses = self.retry.pauses()
        while True:
            try:
                response = self._http.request(method, path, content=content, headers=headers)
            except httpx.TransportError as error:
                fault = f"{method} {path}: {error!r}"
            else:
                if response.is_success:
                    return response
                fault = _fault(method, path, response)
            self._pause(pauses, fault)

    def download(self, path: str, into: BinaryIO) -> bool:
        """Write a file's bytes into an empty one; False where there is none.

        A download that breaks goes on where it was, for as long as it gets on.

        Raises: as `call` does.
        """
        pauses, had = self.retry.pauses(), 0
        while True:
            headers = {"Range": f"bytes={had}-"} if had else {}
            try:
                with self._http.stream("GET", path, headers=headers) as response:
                    if response.status_code == 404:
                        return False
                    if not response.is_success:
                        response.read()
                        fault = _fault("GET", path, response)
                    else:
                        into.seek(had if response.status_code == 206 else 0)
                        into.writelines(response.iter_bytes())
                        into.truncate()
                        return True
            except httpx.TransportError as error:
                fault = f"GET {path}: {error!r}"
            if into.tell() > had:
                pauses, had = self.retry.pauses(), into.tell()
            self._pause(pauses, fault)

    def _pause(self, pauses: Iterator[float], fault: str) -> None:
        """Wait before another try. Raises Unreachable when there is to be none."""
        pause = next(pauses, None)
        if pause is None:
            raise Unreachable(fault)
        self.retry.wait(pause)


def _fault(method: str, path: str, response: httpx.Response) -> str:
    """What was wrong with an answer that may be a better one next time; raises where it cannot."""
    if response.status_code != 429 and response.status_code < 500:
        raise _refusal(method, path, response)
    return f"{method} {path}: answered {response.status_code}"


def _refusal(method: str, path: str, response: httpx.Response) -> Exception:
    try:
        code = response.json().get("code")
    except ValueError:
        code = None
    text = f"{method} {path}: answered {response.status_code} {response.text[:1000]}"
    return StaleEpoch(text) if code == "stale_epoch" else Refused(text)


def _read(model: type[Reply], response: httpx.Response) -> Reply:
    # A control plane is upgraded before what asks it, and may tell more than we know of.
    return model.model_validate_json(response.content, extra="ignore")


class DispatcherClient:
    """What a dispatcher may ask of the control plane."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, beat: Beat) -> BeatReply:
        return _read(BeatReply, self._connection.post("/dispatch/beat", beat))

    def claim(self, request: ClaimRequest) -> ClaimReply:
        return _read(ClaimReply, self._connection.post("/dispatch/claim", request))

    def lost(self, job_id: str, lost: Lost) -> None:
        self._connection.post(f"/dispatch/jobs/{job_id}/lost", lost)


class RunnerClient:
    """What the owner of one job at one epoch may ask of the control plane."""

    def __init__(self, connection: Connection, job_id: str, epoch: int) -> None:
        self._connection = connection
        self._path = f"/runner/jobs/{job_id}"
        self._epoch = epoch

    def hello(self, runner: str, token: str) -> HelloReply:
        """Say that the runner is up, and that `token` takes the place of the claim's."""
        sha256 = hashlib.sha256(token.encode()).hexdigest()
        hello = Hello(epoch=self._epoch, runner=runner, token_sha256=sha256)
        return _read(HelloReply, self._connection.post(f"{self._path}/hello", hello))

    def renew(self) -> Orders:
        renew = Renew(epoch=self._epoch)
        return _read(Orders, self._connection.post(f"{self._path}/renew", renew))

    def record(self, records: tuple[Record, ...]) -> RecordsReply:
        body = Records(epoch=self._epoch, records=records)
        return _read(RecordsReply, self._connection.post(f"{self._path}/records", body))

    def winners(self) -> tuple[Winner, ...]:
        """The models that are to be trained longer, now that the search is over."""
        renew = Renew(epoch=self._epoch)
        return _read(Winners, self._connection.post(f"{self._path}/winners", renew)).models

    def latencies(self, digests: Collection[str]) -> Mapping[str, Latency]:
        """What is on record already, by architecture digest."""
        body = Digests(epoch=self._epoch, digests=tuple(sorted(digests)))
        reply = self._connection.post(f"{self._path}/latencies", body)
        return _read(Latencies, reply).latencies

    def measure(self, subject: str, model: str, reference: str) -> Latency | None:
        """A model's latency on the job's device; None while it is waited for.

        Both files were uploaded before. Raises DeviceFailed where the device cannot measure it.
        """
        body = Measuring(epoch=self._epoch, subject=subject, model=model, reference=reference)
        found = _read(Measured, self._connection.post(f"{self._path}/measure", body))
        if found.failed is not None:
            raise DeviceFailed(found.failed)
        return found.latency

    def finish(
        self, reason: JobReason, detail: str, trials: int | None, rejected: int = 0
    ) -> None:
        body = Finish(
            epoch=self._epoch,
            reason=reason,
            detail=detail[:4000],
            trials=trials,
            rejected=rejected,
        )
        self._connection.post(f"{self._path}/finish", body)

    def dataset_file(self, name: str, into: BinaryIO) -> bool:
        """Write a file of the job's data set; False where the control plane does not have it."""
        return self._connection.download(f"{self._path}/dataset/{name}", into)

    def put_artifact(self, sha256: str, data: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        self._connection.call("PUT", f"{self._path}/artifacts/{sha256}", data, headers)

    def get_artifact(self, sha256: str) -> bytes:
        return self._connection.call("GET", f"{self._path}/artifacts/{sha256}").content
