"""From a post to the first training step on an idle service, beside Ray's own start of a job.

`python -m benchmarks.warm_path [--jobs N] [--json FILE]`

One service of its own (SQLite, its own Ray head). Each round starts an empty job on Ray's interface and
posts one of ours on digits; the times are those of the control plane's events. What is measured is
the machinery, so that a trial is of the smallest space and has one training epoch.
"""

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, at_most, report
from tests.e2e.service_process import ServiceProcess, has_ended, serving, wait_until
from workers.cluster.head import RayHead
from workers.cluster.ray_jobs import ENDED, RayJobs, RayUnavailable

JOB_SECONDS = 120.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as service:
        jobs = RayJobs(head_of(service))
        wait_until(lambda: is_up(jobs), JOB_SECONDS, service.log)
        rounds = [one_round(service, jobs, number) for number in range(arguments.jobs)]
    return report(figures(rounds), arguments.json)


def is_up(jobs: RayJobs) -> bool:
    with contextlib.suppress(RayUnavailable):
        return bool(jobs.nodes())
    return False


def one_round(service: ServiceProcess, jobs: RayJobs, number: int) -> dict[str, float]:
    """Seconds from the start of each until every step, and Ray's until its first line."""
    told = {"ray": ray_start(jobs, f"empty-{number}"), **our_start(service, number)}
    print(", ".join(f"{step} {seconds:.2f}" for step, seconds in told.items()), flush=True)
    return told


def ray_start(jobs: RayJobs, handle: str) -> float:
    """Seconds until an empty job runs its first line."""
    began = time.time()
    jobs.submit(handle, ["python", "-c", "'import time; print(time.time())'"], {})
    wait_until(lambda: jobs.jobs()[handle].state in ENDED, JOB_SECONDS, lambda: handle)
    lines = jobs.log_tail(handle).split()
    jobs.forget(handle)
    return float(lines[-1]) - began


def our_start(service: ServiceProcess, number: int) -> dict[str, float]:
    began = time.time()
    job_id = service.post_job(
        dataset={"name": "digits"},
        space={"preset": "tiny", "head": {"kinds": ["gap"]}},
        sampler={"name": "random", "seed": number},
        budget={"trials": 1, "training_epochs": 1},
        resources={"concurrency": 1},
    )
    service.wait_for(job_id, has_ended, JOB_SECONDS)
    return {step: at - began for step, at in steps(events_of(service, job_id))}


def events_of(service: ServiceProcess, job_id: str) -> list[dict[str, Any]]:
    """All events of a job that has ended."""
    text = service.call("GET", f"/jobs/{job_id}/events").text
    blocks = [dict(_fields(block)) for block in text.split("\n\n") if "data:" in block]
    return [{"event": block["event"], **json.loads(block["data"])} for block in blocks]


def _fields(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition(": ")
        yield name, value


def steps(events: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """When each step was done, in seconds since 1970."""

    def first(event: str, state: str | None = None) -> Mapping[str, Any]:
        found = (e for e in events if e["event"] == event and state in (None, e.get("state")))
        return next(found)

    yield "claimed", _at(first("job.state", "starting"))
    yield "hello", _at(first("job.state", "running"))
    yield "reserved", _at(first("trial.state", "reserved"))
    yield "trial up", _at(first("trial.state", "running"))
    told = first("trial.report")
    yield "first step", _at(told) - told["seconds"]
    yield "ended", _at([e for e in events if e["event"] == "job.state"][-1])


def _at(event: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def figures(rounds: list[dict[str, float]]) -> list[Figure]:
    middle = {step: statistics.median(told[step] for told in rounds) for step in rounds[0]}
    found = [Figure(f"{step}, s", seconds) for step, seconds in middle.items()]
    added = statistics.median(told["hello"] - told["ray"] for told in rounds)
    return [
        *found,
        at_most("post to the first training step, s", middle["first step"], 8.0),
        at_most("post to hello, beyond Ray's own start, s", added, 2.0),
    ]


def head_of(service: ServiceProcess) -> RayHead:
    path = service.data_dir / "ray" / "head.json"
    wait_until(path.exists, JOB_SECONDS, service.log)
    return RayHead(**json.loads(path.read_text()))


if __name__ == "__main__":
    raise SystemExit(main())
