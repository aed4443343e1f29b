"""Measures models on the device that it runs on, for a service that hands them out.

Needs Python, numpy and ONNX Runtime alone, and no other file: copied to a device, it runs there as
`python device_agent.py --url URL --profile NAME`, with a token in TCLSEARCH_TOKEN. The machines of
the cluster measure by the same code (`workers.models.latency` tells why it is done so).
"""

import argparse
import json
import logging
import os
import platform
import random
import signal
import sys
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from time import monotonic, perf_counter
from typing import Any

import numpy as np
import onnxruntime

logger = logging.getLogger("tclsearch.device")

WARM_UP_RUNS = 20
RUNS = 250
FEWEST_RUNS = 50
CALM_BURSTS = 5
"""How many bursts must fall into undisturbed stretches."""

CALM = 1.03
"""The reference counts as undisturbed up to this multiple of its fastest run."""

BURST_SECONDS = 0.01
USUAL_SECONDS = 1.0
LONGEST_SECONDS = 4.0
CALIBRATION_SECONDS = 2.0
"""Time for the reference to meet an undisturbed stretch, once in a process."""

MILLISECONDS = 1000.0

IDLE_SECONDS = 1.0
"""Between two questions for something to measure."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Between two tries while the service is away."""
ANSWER_SECONDS = 30.0
RENEWALS = 3
"""In the time of one lease."""
REFERENCES = 8
"""Calibrated reference models that are kept."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of one batch; `reference` is a fixed model's fastest run, measured around."""

    min: float
    median: float
    p90: float
    runs: int
    reference: float


class Subject:
    """A warm model, ready to be run on the CPU again and again. It has one input, of floats.

    batch_size: images in one run, where the model leaves their number open.
    """

    def __init__(self, document: bytes, batch_size: int, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = threads
        # Spinning threads would take the cores away from the trainings beside us.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            document, options, providers=["CPUExecutionProvider"]
        )
        (pixels,) = self._session.get_inputs()
        shape = (batch_size, *pixels.shape[1:])
        self._feed = {pixels.name: np.random.default_rng(0).random(shape, dtype=np.float32)}
        for _ in range(WARM_UP_RUNS):
            self.run()

    def run(self) -> None:
        """One batch."""
        self._session.run(None, self._feed)

    def burst(self) -> list[float]:
        """Milliseconds of each run that fits into a burst, of one at least."""
        times: list[float] = []
        deadline = perf_counter() + BURST_SECONDS
        ended = 0.0
        while ended < deadline:
            started = perf_counter()
            self.run()
            ended = perf_counter()
            times.append((ended - started) * MILLISECONDS)
        return times


@dataclass
class Reference:
    """The reference model, and its fastest run in this process, in milliseconds."""

    subject: Subject
    fastest: float = field(default=float("inf"))

    @classmethod
    def calibrated(cls, subject: Subject) -> "Reference":
        reference = cls(subject)
        deadline = perf_counter() + CALIBRATION_SECONDS
        while perf_counter() < deadline:
            reference.burst()
        return reference

    def burst(self) -> float:
        fastest = min(self.subject.burst())
        self.fastest = min(self.fastest, fastest)
        return fastest


def measure(
    subject: Subject,
    reference: Reference,
    longest_seconds: float = LONGEST_SECONDS,
    between: Callable[[], None] = lambda: None,
) -> Times:
    """Milliseconds of one batch.

    longest_seconds: how long undisturbed stretches are waited for.
    between: called between bursts.
    """
    times: list[float] = []
    around: list[float] = []
    started = perf_counter()
    before = reference.burst()
    while not enough(
        runs=len(times),
        calm_bursts=sum(r <= CALM * reference.fastest for r in around),
        seconds=perf_counter() - started,
        longest_seconds=longest_seconds,
    ):
        times += subject.burst()
        after = reference.burst()
        around.append(max(before, after))
        before = after
        between()
    low, median, p90 = np.quantile(times, (0.0, 0.5, 0.9)).tolist()
    return Times(min=low, median=median, p90=p90, runs=len(times), reference=min(around))


def enough(
    *, runs: int, calm_bursts: int, seconds: float, longest_seconds: float = LONGEST_SECONDS
) -> bool:
    """Whether the fastest run so far can be taken for the undisturbed one."""
    if runs < FEWEST_RUNS:
        return False
    if seconds >= longest_seconds:
        return True
    return calm_bursts >= CALM_BURSTS and (runs >= RUNS or seconds >= USUAL_SECONDS)


class Away(Exception):
    """The service does not answer now, or has too much to do."""


class Refused(Exception):
    """The service understood, and will say the same however often it is asked."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"answered {status}: {text}")
        self.status = status


class Stopped(Exception):
    """The agent was asked to end."""


class Service:
    """Authenticated calls under `URL/api/v1/device`."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"the service's URL must be http or https, not {url!r}")
        self._url = f"{url.rstrip('/')}/api/v1/device"
        self._token = token

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The reply's document; None where it has none. Raises as `get` does."""
        reply = self._send(path, json.dumps(body).encode())
        return json.loads(reply) if reply else None

    def get(self, path: str) -> bytes:
        """The reply's bytes.

        Raises:
            Away: no answer, a 429 or a 5xx.
            Refused: any other error.
        """
        return self._send(path, None)

    def _send(self, path: str, body: bytes | None) -> bytes:
        request = urllib.request.Request(  # noqa: S310  the scheme is checked above
            self._url + path,
            body,
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as reply:  # noqa: S310
                data: bytes = reply.read()
                return data
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(1000).decode(errors="replace")
            if error.code == 429 or error.code >= 500:
                raise Away(f"answered {error.code}: {text}") from None
            raise Refused(error.code, text) from None
        except OSError as error:
            raise Away(str(error)) from None


class Agent:
    """Asks for models, measures them and reports, until it is stopped."""

    def __init__(self, service: Service, profile: str, stopping: threading.Event) -> None:
        self._service = service
        self._profile = profile
        self._stopping = stopping
        self._name = str(uuid.uuid4())
        self._references: dict[tuple[str, int, int], Reference] = {}

    def run(self) -> None:
        """Raises Refused where the service will never want this agent."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                busy = self._work()
            except Away as error:
                logger.warning("the service is away: %s", error)
                self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  no secret
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                pause = FIRST_PAUSE_SECONDS
                if not busy:
                    self._stopping.wait(IDLE_SECONDS)

    def _work(self) -> bool:
        """Measure one model, if there is one."""
        claim = {"agent": self._name, "profile": self._profile, "system": describe_system()}
        task = self._service.post("/claim", claim)["task"]
        if task is None:
            return False
        lease = {"agent": self._name, "attempt": task["attempt"]}
        path = f"/measurements/{task['id']}"
        try:
            self._measure(task, path, lease)
        except Stopped:
            self._tell(f"{path}/release", lease)
        except Refused as error:
            if error.status not in (404, 409):
                raise
            logger.warning("%s is another's by now, or was measured already", task["id"])
        return True

    def _measure(self, task: dict[str, Any], path: str, lease: dict[str, Any]) -> None:
        model = self._service.get(f"{path}/model")
        renewed, every = monotonic(), task["lease_seconds"] / RENEWALS

        def between() -> None:
            nonlocal renewed
            if self._stopping.is_set():
                raise Stopped
            if monotonic() - renewed >= every:
                renewed = monotonic()
                self._tell(f"{path}/renew", lease)

        try:
            reference = self._reference(task, path)
            between()
            subject = Subject(model, task["batch_size"], task["threads"])
            times = measure(subject, reference, between=between)
        except (Stopped, Away, Refused):
            raise
        except Exception as error:  # noqa: BLE001  whatever a runtime makes of a model it cannot run
            logger.warning("%s cannot be measured: %s", task["id"], error)
            self._service.post(f"{path}/refuse", {**lease, "detail": repr(error)[:4000]})
            return
        self._service.post(f"{path}/report", {**lease, "latency": asdict(times)})
        logger.info("%s: %.3f ms, %d runs", task["id"], times.min, times.runs)

    def _reference(self, task: dict[str, Any], path: str) -> Reference:
        key = task["reference"], task["batch_size"], task["threads"]
        if key not in self._references:
            document = self._service.get(f"{path}/reference")
            while len(self._references) >= REFERENCES:
                del self._references[next(iter(self._references))]
            subject = Subject(document, task["batch_size"], task["threads"])
            self._references[key] = Reference.calibrated(subject)
        return self._references[key]

    def _tell(self, path: str, lease: dict[str, Any]) -> None:
        """Say something that only saves time: the lease's end says it too."""
        try:
            self._service.post(path, lease)
        except Away as error:
            logger.warning("the service is away: %s", error)


def describe_system() -> dict[str, Any]:
    return {
        "machine": platform.machine(),
        "system": f"{platform.node()}: {platform.system()} {platform.release()}"[:200],
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "cpus": os.cpu_count() or 1,
    }


def serve(url: str, token: str, profile: str) -> int:
    """Measure for a service until SIGTERM or SIGINT; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    logger.info("measuring as %s for %s", profile, url)
    try:
        Agent(Service(url, token), profile, stopping).run()
    except (Refused, ValueError) as error:
        logger.error("%s", error)
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure models on this device for tclsearch.")
    parser.add_argument("--url", default=os.environ.get("TCLSEARCH_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--profile", required=True, help="as in a spec's latency.profile")
    token = os.environ.get("TCLSEARCH_TOKEN")
    # Optional in the environment, for on a command line everybody on the device can read it.
    parser.add_argument("--token", default=token, required=token is None)
    arguments = parser.parse_args()
    return serve(arguments.url, arguments.token, arguments.profile)


if __name__ == "__main__":
    sys.exit(main())
