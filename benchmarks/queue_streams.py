"""Many event streams on one service, some of them slow: who misses what, and what it costs."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.queue_load import Connection, milliseconds
from benchmarks.queue_seed import spec
from benchmarks.report import Figure, at_most
from service.db.engine import Database
from service.events.journal import Event, EventKind, append_all
from service.jobs.commands import lock_job
from tests.api.listeners import Listener
from tests.e2e.service_process import ServiceProcess, processes, serving

JOBS = 5
ROUNDS = 20
EVENTS = 100
"""Of each job in each round, half a kilobyte each: a slow stream falls a megabyte behind."""
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


def streams(url: str, data_dir: Path, count: int) -> Iterator[Figure]:
    """So many streams of a few jobs; every tenth reads nothing until the others have all."""
    with (
        serving(
            data_dir, "--no-dispatcher", database_url=url, rate_limit_per_second="0"
        ) as service,
        closing(Connection(service.url, service.token)) as person,
        closing(Database(url)) as database,
    ):
        yield from asyncio.run(_follow(service, person, database, count))


async def _follow(
    service: ServiceProcess, person: Connection, database: Database, count: int
) -> list[Figure]:
    posted = [
        person.send("POST", "/jobs", body=spec(f"followed {n}")).headers["location"].split("/")[-1]
        for n in range(JOBS)
    ]
    quick = [Listener() for _ in range(count - count // 10)]
    slow = [Listener() for _ in range(count // 10)]
    reading = asyncio.Event()
    delays: list[float] = []
    answers: list[float] = []
    async with asyncio.TaskGroup() as group:
        for number, listener in enumerate(slow):
            job_id = posted[number % JOBS]
            group.create_task(listener.follow(service.url, service.token, job_id, reading))
        async with asyncio.TaskGroup() as others:
            for number, listener in enumerate(quick):
                job_id = posted[number % JOBS]
                others.create_task(listener.follow(service.url, service.token, job_id))
            for listener in quick:
                await listener.until(1)
            before = _resident(service)
            for number in range(ROUNDS):
                began = time.perf_counter()
                await asyncio.to_thread(_report, database, posted)
                answers.append(await asyncio.to_thread(_ask, person, posted[0]))
                for listener in quick:
                    await listener.until(1 + (number + 1) * EVENTS)
                delays.append(time.perf_counter() - began)
            grown = _resident(service) - before
            for job_id in posted:
                person.send("POST", f"/jobs/{job_id}/cancel")
        reading.set()
    everything = list(range(1, ROUNDS * EVENTS + 3))
    wrong = sum(listener.sequences != everything for listener in (*quick, *slow))
    return [
        Figure("event streams at once", count),
        Figure("of these, slow ones", len(slow)),
        Figure("events of each stream", len(everything)),
        at_most("streams that missed, repeated or disordered any", wrong, 0),
        Figure("written to read by all quick ones, p50, ms", milliseconds(delays, 0.5)),
        Figure("a job meanwhile, p50, ms", milliseconds(answers, 0.5)),
        Figure("a job meanwhile, slowest, ms", 1000 * max(answers)),
        at_most("memory grown meanwhile, MiB", grown / 2**20, 32),
    ]


def _report(database: Database, job_ids: list[str]) -> None:
    told = [Event(EventKind.TRIAL_REPORT, {"text": "x" * 400})] * EVENTS
    for job_id in job_ids:
        with database.write() as session:
            job = lock_job(session, job_id)
            append_all(session, job, told, job.created_at)


def _ask(person: Connection, job_id: str) -> float:
    return person.send("GET", f"/jobs/{job_id}").seconds


def _resident(service: ServiceProcess) -> int:
    """Bytes of memory that the service's process holds."""
    (pid,) = processes("tclsearch.main", f"TCLSEARCH_DATA_DIR={service.data_dir}")
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_SIZE
