"""PostgreSQL goes away under a running service, and comes back."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from service.db.tables import JobRow
from service.lifecycle import JobState
from tests.api.served import SPEC, Dispatcher, Runner, Served, serving
from tests.api.test_bad_input import problem_of
from tests.postgresql_server import (
    CutTime,
    CuttingProxy,
    PostgresqlServer,
    StopMode,
    postgresql_server,
)
from workers.control_plane import Connection, Retry, RunnerClient

POSTERS = 4


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="module")
def served(server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data_dir, url = tmp_path_factory.mktemp("data"), server.create("failover")
    with serving(data_dir, url, token_memory_seconds=0) as served:
        yield served


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    return served.person()


def require_unavailable(response: httpx.Response) -> None:
    problem_of(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


def test_every_route_answers_503_while_it_is_away(
    server: PostgresqlServer, served: Served, editor: httpx.Client
):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    routes = [
        (method, path.removeprefix("/api/v1"))
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/api/v1")
    ]
    assert len(routes) > 20
    dispatcher = Dispatcher.of(served)
    job_id = editor.post("/jobs", json=SPEC).json()["id"]
    runner = dispatcher.claim(job_id)
    with httpx.Client(base_url=served.url, trust_env=False) as anyone:
        server.stop("fast")
        for method, path in routes:
            reply = editor.request(method, re.sub(r"\{\w+\}", "1", path), json={})
            require_unavailable(reply)
        require_unavailable(anyone.get("/readyz"))
        assert anyone.get("/healthz").status_code == 200
        require_unavailable(dispatcher.client.post("/dispatch/beat", json={}))
        require_unavailable(runner.client.post("/renew", json={"epoch": runner.epoch}))
        server.start()
        assert anyone.get("/readyz").status_code == 200
    assert editor.get(f"/jobs/{job_id}").json()["state"] == "running"


@dataclass
class Posters:
    """People who post jobs under keys, and post again until they are answered."""

    client: httpx.Client
    name: str
    keys: Iterator[int] = field(default_factory=count)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refusals: int = 0
    enough: threading.Event = field(default_factory=threading.Event)

    def post_until_enough(self) -> None:
        while not self.enough.is_set():
            key = f"{self.name} {next(self.keys)}"
            self.acknowledged[key] = self.post(key)

    def post(self, key: str) -> str:
        while True:
            reply = self.client.post("/jobs", json=SPEC, headers={"Idempotency-Key": key})
            if reply.status_code in (200, 201):
                return str(reply.json()["id"])
            require_unavailable(reply)
            self.refusals += 1

    def await_more(self, number: int) -> None:
        until = len(self.acknowledged) + number
        while len(self.acknowledged) < until:
            pass


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_under_load_loses_nothing(
    server: PostgresqlServer, served: Served, editor: httpx.Client, mode: StopMode
):
    first = editor.post("/jobs", json={**SPEC, "priority": 1}).json()["id"]
    runner = Dispatcher.of(served).claim(first)
    posters = Posters(editor, mode)
    before = jobs_of(served)
    with ThreadPoolExecutor(POSTERS + 1) as threads, closing(renewals(served, runner)) as renewal:
        posting = [threads.submit(posters.post_until_enough) for _ in range(POSTERS)]
        posters.await_more(5)
        server.stop(mode)
        renewing = threads.submit(next, renewal)
        while posters.refusals == 0:
            pass
        server.start()
        renewing.result()
        posters.await_more(5)
        posters.enough.set()
        for poster in posting:
            poster.result()
    jobs = posters.acknowledged
    assert len(set(jobs.values())) == len(jobs)
    assert jobs_of(served) == before + len(jobs)
    for key, job_id in jobs.items():
        assert posters.post(key) == job_id
    job = editor.get(f"/jobs/{first}").json()
    assert (job["state"], job["epoch"]) == ("running", runner.epoch), "nobody was rescued"


def renewals(served: Served, runner: Runner) -> Iterator[Any]:
    """Renewals as a runner makes them, each tried until it is answered."""
    token = runner.client.headers["Authorization"].removeprefix("Bearer ")
    job_id = runner.client.base_url.path.rstrip("/").rpartition("/")[2]
    with closing(Connection(served.url, token, Retry(60.0))) as connection:
        client = RunnerClient(connection, job_id, runner.epoch)
        while True:
            yield client.renew()


def jobs_of(served: Served) -> int:
    with served.parts.database.read() as session:
        return session.scalars(select(func.count()).select_from(JobRow)).one()


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_a_commit_of_which_nobody_knows_is_settled_by_its_key(
    server: PostgresqlServer, tmp_path: Path, when: CutTime, stored: int
):
    with TemporaryDirectory() as folder:
        proxy = CuttingProxy(server.create(f"cut_{when}"), Path(folder))
        with closing(proxy), serving(tmp_path, proxy.url) as served:
            editor, key = served.person(), {"Idempotency-Key": "mine"}
            proxy.cut("INSERT INTO jobs ", when)
            require_unavailable(editor.post("/jobs", json=SPEC, headers=key))
            assert proxy.cuts == 1
            assert jobs_of(served) == stored
            again = editor.post("/jobs", json=SPEC, headers=key)
            assert again.status_code == (200 if stored else 201)
            assert jobs_of(served) == 1
            assert again.json()["state"] == JobState.QUEUED
