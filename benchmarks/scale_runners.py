"""Fake runners: real clients, recorders and messages, and trials that only say they have trained.

Each process of them has many; each runner waits for a report to be stored before it gives the next,
so that all of them together ask for as much as the control plane can do.
"""

import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from benchmarks.queue_seed import spec
from service.protocol import (
    Beat,
    Claim,
    ClaimRequest,
    Node,
    Orders,
    Record,
    RecordsReply,
    Report,
    Reserve,
    Start,
    new_runner_token,
)
from tests.e2e.service_process import ServiceProcess
from workers.control_plane import Connection, DispatcherClient, Retry, RunnerClient
from workers.search.recorder import Recorder

PROCESSES = 2
PATIENCE = Retry(within_seconds=60.0)
CLUSTER = {"dispatcher": "scale", "cluster": "scale"}
REPORTS_OF_A_TRIAL = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What some runners got stored in some seconds.

    waits: seconds from a report's making to its acknowledgement. requests, sent: of all of them,
    and the bytes of their bodies.
    """

    per_second: float
    waits: list[float]
    requests: int
    sent: int


@dataclass
class Tally:
    waits: list[float] = field(default_factory=list)
    requests: int = 0
    sent: int = 0


class FakeRunner:
    """The owner of one job, from hello on."""

    def __init__(self, url: str, claim: Claim) -> None:
        self.tally = Tally()
        own = new_runner_token(claim.job_id, claim.epoch)
        with closing(Connection(url, claim.runner_token, PATIENCE)) as connection:
            RunnerClient(connection, claim.job_id, claim.epoch).hello("fake", own)
        self._client = RunnerClient(Connection(url, own, PATIENCE), claim.job_id, claim.epoch)
        self._recorder = Recorder(self._send, _ignore_orders, _give_up)
        self._trial, self._training_epoch = -1, REPORTS_OF_A_TRIAL

    def report(self) -> None:
        """One report of a trial, a new one every so often; returns when it is stored."""
        if self._training_epoch == REPORTS_OF_A_TRIAL:
            self._trial, self._training_epoch = self._trial + 1, 0
            self._recorder.add(_reservation(self._trial), Start(number=self._trial, attempt=1))
        self._training_epoch += 1
        began = time.perf_counter()
        self._recorder.add(
            Report(
                number=self._trial,
                attempt=1,
                training_epoch=self._training_epoch,
                accuracy=0.5,
                loss=0.5,
                seconds=1.0,
            )
        )
        self._recorder.flush()
        self.tally.waits.append(time.perf_counter() - began)

    def _send(self, records: tuple[Record, ...]) -> RecordsReply:
        self.tally.requests += 1
        self.tally.sent += sum(len(record.model_dump_json()) for record in records)
        return self._client.record(records)


def load(service: ServiceProcess, runners: int, seconds: float) -> Load:
    """So many runners, each with a job of its own, for so many seconds."""
    claims = list(claimed(service, runners))
    shares = [claims[index::PROCESSES] for index in range(PROCESSES)]
    context = multiprocessing.get_context("spawn")
    working = [share for share in shares if share]
    ready = context.Barrier(len(working) + 1)
    results: Any = context.Queue()
    processes = [
        context.Process(target=_process, args=(service.url, share, seconds, ready, results))
        for share in working
    ]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    tallies: list[Tally] = [tally for _ in processes for tally in results.get()]
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    waits = [wait for tally in tallies for wait in tally.waits]
    requests, sent = sum(t.requests for t in tallies), sum(t.sent for t in tallies)
    return Load(len(waits) / took, waits, requests, sent)


def claimed(service: ServiceProcess, jobs: int, **changes: Any) -> Iterator[Claim]:
    """So many new jobs, each claimed."""
    posted = {service.post_job(**{**_job(), **changes}) for _ in range(jobs)}
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    with closing(Connection(service.url, token, PATIENCE)) as connection:
        dispatcher = DispatcherClient(connection)
        nodes = tuple(Node(cpus=64, gpus=0) for _ in range(64))
        dispatcher.beat(Beat(**CLUSTER, nodes=nodes))
        while posted:
            claim = dispatcher.claim(ClaimRequest(**CLUSTER)).claim
            if claim is None:
                raise SystemExit(f"{len(posted)} jobs are not to be had")
            posted.remove(claim.job_id)
            yield claim


def _job() -> dict[str, Any]:
    document = spec("scale", trials=10_000, resources={"concurrency": 1})
    return {key: value for key, value in document.items() if key != "version"}


def _process(url: str, claims: Sequence[Claim], seconds: float, ready: Any, results: Any) -> None:
    runners = [FakeRunner(url, claim) for claim in claims]
    ready.wait()
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_report_until, args=(runner, until), daemon=True)
        for runner in runners
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put([runner.tally for runner in runners])


def _report_until(runner: FakeRunner, until: float) -> None:
    while time.perf_counter() < until:
        runner.report()


def _reservation(number: int) -> Reserve:
    return Reserve(
        number=number,
        parameters={"width": number},
        architecture={"width": number},
        architecture_digest=f"{number:064x}",
        seed=number,
    )


def _ignore_orders(_: Orders) -> None:
    """A fake runner does as it likes."""


def _give_up(error: Exception) -> None:
    raise SystemExit(f"a runner could not record: {error}")
