"""What recording a trial costs at the beginning of a job, and behind all the trials of a long one."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from benchmarks.queue_load import Connection, milliseconds
from benchmarks.queue_seed import spec
from benchmarks.report import Figure
from searchspace.datasets import DatasetInfo
from searchspace.space import Space
from searchspace.spec import JobSpec
from tests.api.served import Runner
from tests.e2e.service_process import ServiceProcess

CLUSTER = {"dispatcher": "recording", "cluster": "recording"}


@dataclass
class TimedRunner(Runner):
    """Keeps how long each of its records took."""

    seconds: list[float] = field(default_factory=list)

    def record(self, *records: dict[str, Any]) -> None:
        began = time.perf_counter()
        super().record(*records)
        self.seconds.append(time.perf_counter() - began)


def records(service: ServiceProcess, job_id: str, trials: int, count: int) -> Iterator[Figure]:
    """A whole trial in one request, so many of them one after the other.

    job_id: a job that has ended after so many trials; with a larger budget it goes on.
    """
    # Idle connections are closed after some seconds, so that each arm opens its own.
    person = Connection(service.url, service.token)
    short = person.send("POST", "/jobs", body=spec("short", count, priority=10)).body
    new_job = str(httpx.Response(200, content=short).json()["id"])
    first = milliseconds(_record(service, new_job, 0, count), 0.5)
    changed = {"priority": 10, "budget": {"trials": trials + count}}
    Connection(service.url, service.token).send("PATCH", f"/jobs/{job_id}", body=changed)
    last = milliseconds(_record(service, job_id, trials, count), 0.5)
    yield Figure("record of a trial, first ones, p50, ms", first)
    yield Figure(f"record of a trial, after {trials}, p50, ms", last)
    yield Figure(f"record of a trial, after {trials} / first ones", last / first)


def _record(service: ServiceProcess, job_id: str, recorded: int, count: int) -> list[float]:
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    with closing(Connection(service.url, token)) as dispatcher:
        nodes = [{"cpus": 100_000, "gpus": 0}]
        dispatcher.send("POST", "/dispatch/beat", body={**CLUSTER, "nodes": nodes, "datasets": []})
        reply = dispatcher.send("POST", "/dispatch/claim", body=CLUSTER).body
    claim = httpx.Response(200, content=reply).json()["claim"]
    if claim is None or claim["job_id"] != job_id:
        raise SystemExit(f"another job was claimed: {claim}")
    with httpx.Client(
        base_url=f"{service.url}/api/v1/runner/jobs/{job_id}",
        headers={"Authorization": f"Bearer {claim['runner_token']}"},
        timeout=60,
    ) as client:
        body = {"epoch": claim["epoch"], "runner": "benchmark"}
        hello = client.post("/hello", json=body).raise_for_status().json()
        dataset = DatasetInfo.model_validate(hello["dataset"])
        space = Space(JobSpec.parse(hello["spec"]), dataset)
        runner = TimedRunner(client, claim["epoch"], space, recorded)
        generator = np.random.default_rng(0)
        for _ in range(count):
            # Better than all before it, so that each of them changes the front.
            runner.complete(0.999 + 1e-6 * len(runner.seconds), float(generator.uniform(0.1, 9)))
        return runner.seconds
