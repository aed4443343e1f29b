"""A transaction that lost against another one is done again, a few times at most."""

import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import event, text

from service.api import devices, dispatch, public, runner, webhooks
from service.api.repeated import ATTEMPTS, Repeated, repeated
from service.db.engine import Database
from service.db.migrate import migrate
from service.errors import Contended, Unavailable
from tests.api.served import SPEC, Served, serving
from tests.service.test_database import add_team, teams


@pytest.fixture
def served(postgresql: Callable[[str], str], tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, postgresql("repeated")) as served:
        yield served


def test_of_two_that_wait_for_each_other_both_are_done(served: Served):
    editor = served.person()
    job_id = editor.post("/jobs", json=SPEC).json()["id"]
    tried: list[int] = []
    with Rival(served.parts.database, job_id) as rival:

        def meet(_: Any, __: Any, statement: str, *___: Any) -> None:
            # The request has the job by now, and asks next for what its rival has.
            if statement.startswith("INSERT INTO audit"):
                tried.append(1)
                if len(tried) == 1:
                    rival.ask_for_the_job()

        event.listen(served.parts.database.engine, "before_cursor_execute", meet)
        changed = editor.patch(f"/jobs/{job_id}", json={"priority": 1})
    assert rival.had_it, "it was the request that the database ended"
    assert (changed.status_code, len(tried)) == (200, 2)
    admin = served.client((served.data_dir / "admin-token").read_text().strip())
    trail = admin.get("/audit", params={"object": job_id}).json()["items"]
    assert [entry["action"] for entry in trail] == ["job.change", "job.post"], "each once"


class Rival:
    """A transaction that has the audit trail, and then wants a job."""

    def __init__(self, database: Database, job_id: str) -> None:
        url = database.engine.url.set(drivername="postgresql")
        self._url = url.render_as_string(hide_password=False)
        self._job_id = job_id
        self.had_it = False

    def __enter__(self) -> "Rival":
        self._connection = psycopg.connect(self._url)
        # Whoever has waited this long looks whether it waits in vain: never this one.
        self._connection.execute("SET deadlock_timeout = '1h'")
        self._connection.execute("LOCK TABLE audit IN SHARE MODE")
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._connection.close()

    def ask_for_the_job(self) -> None:
        """Returns once it waits."""
        self._thread = threading.Thread(target=self._take)
        self._thread.start()
        pid = self._connection.info.backend_pid
        waits = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"
        with psycopg.connect(self._url, autocommit=True) as watcher:
            while watcher.execute(waits, (pid,)).fetchone() == (0,):
                pass

    def _take(self) -> None:
        self._connection.execute("SELECT id FROM jobs WHERE id = %s FOR UPDATE", (self._job_id,))
        self.had_it = True
        self._connection.commit()


# On SQLite, another process may be in the way.


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(database)
    event.listen(
        database.engine, "checkout", lambda driver, *_: driver.execute("PRAGMA busy_timeout = 0")
    )
    yield database
    database.close()


@pytest.fixture
def elsewhere(file: Database) -> Iterator[Database]:
    """The same file, as another process has it."""
    database = Database(str(file.engine.url))
    yield database
    database.close()


def test_one_that_finds_the_file_locked_tries_again(file: Database, elsewhere: Database):
    pauses: list[float] = []
    with elsewhere.engine.connect() as other:
        other.execute(text("UPDATE teams SET name = name"))

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            other.rollback()

        repeated(add_team, pause)(file, "second")
    assert len(pauses) == 1
    assert "second" in teams(file)


def test_one_that_always_finds_it_locked_is_told_to_come_back(file: Database, elsewhere: Database):
    pauses: list[float] = []
    with elsewhere.engine.connect() as other:
        other.execute(text("UPDATE teams SET name = name"))
        with pytest.raises(Contended) as refusal:
            repeated(add_team, pauses.append)(file, "second")
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "1")
    assert len(pauses) == ATTEMPTS - 1
    assert "second" not in teams(file)


def test_one_that_has_waited_for_long_is_not_begun_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.api.repeated.PATIENCE_SECONDS", 0.0)
    calls: list[str] = []

    def lose(call: str) -> None:
        calls.append(call)
        raise Contended("others changed the same things")

    with pytest.raises(Contended):
        repeated(lose)("only")
    assert calls == ["only"]


def test_other_trouble_is_told():
    calls: list[str] = []

    def fail(call: str) -> None:
        calls.append(call)
        raise Unavailable("the connection to the database was lost")

    with pytest.raises(Unavailable):
        repeated(fail)("only")
    assert calls == ["only"], "nobody knows whether its commit counts"


def test_every_route_that_changes_something_and_nothing_besides_is_repeated():
    routers = [module.router for module in public.ROUTERS]
    routers += [dispatch.router, runner.router, devices.agents]
    once = {
        route.path
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.methods - {"GET"}
        if not isinstance(route, Repeated) or inspect.iscoroutinefunction(route.endpoint)
    }
    # A webhook is sent something meanwhile; a body can be taken in once.
    sends = {route.path for route in webhooks.router.routes if isinstance(route, APIRoute)}
    takes_in = {"/runner/jobs/{job_id}/artifacts/{sha256}", "/weights/{sha256}"}
    assert once - sends == takes_in
