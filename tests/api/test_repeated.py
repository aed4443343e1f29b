"""A transaction that lost against another one is done again, a few times at most."""

import hashlib
import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import event, text

from service.api import devices, dispatch, public, runner
from service.api.repeated import ATTEMPTS, Repeated, repeated
from service.db.engine import Database
from service.db.migrate import migrate
from service.errors import Contended, Unavailable
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.receiver import receiving
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
            elif tried and "FROM jobs" in statement:
                # Tried again sooner than its rival wakes up, it would lose once more.
                rival.be_through()

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
        self.be_through()
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

    def be_through(self) -> None:
        self._thread.join()

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


LOSES = """
CREATE SEQUENCE asked;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('asked') % 2 = 1 THEN
        RAISE EXCEPTION 'lost against another' USING ERRCODE = 'deadlock_detected';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks AFTER INSERT ON audit
    FOR EACH ROW WHEN (NEW.action LIKE 'webhook.%') EXECUTE FUNCTION lose();
CREATE TRIGGER artifacts AFTER UPDATE ON artifacts
    FOR EACH STATEMENT EXECUTE FUNCTION lose();
"""
"""Every first try loses: what a sequence has given stays given when its transaction is undone."""


@pytest.fixture(scope="module")
def losing(
    postgresql: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data"), postgresql("losing")) as served:
        with served.parts.database.engine.begin() as connection:
            connection.exec_driver_sql(LOSES.replace("%", "%%"))
        yield served


def actions(served: Served, begin: str) -> list[str]:
    admin = served.client((served.data_dir / "admin-token").read_text().strip())
    items = admin.get("/audit").json()["items"]
    return [entry["action"] for entry in items if entry["action"].startswith(begin)]


def test_a_webhook_is_tested_once_whatever_its_transactions_lost(losing: Served):
    admin = losing.client((losing.data_dir / "admin-token").read_text().strip())
    with receiving() as receiver:
        path = f"/webhooks/{admin.post('/webhooks', json={'url': receiver.url()}).json()['id']}"
        assert admin.post(f"{path}/test").json() == {"delivered": True, "detail": None}
        assert len(receiver.received) == 1
        assert admin.delete(path).status_code == 204
    done = actions(losing, "webhook.")
    assert done == ["webhook.delete", "webhook.test", "webhook.create"], "each once"


def test_an_upload_goes_on_where_its_transaction_lost(losing: Served):
    job_id = losing.person().post("/jobs", json=SPEC).json()["id"]
    runner = Dispatcher.of(losing).claim(job_id)
    sha256 = runner._upload(b"sent once")
    assert runner.client.get(f"/artifacts/{sha256}").content == b"sent once"


def test_weights_are_told_of_once_whatever_their_transactions_lost(losing: Served):
    content = (2).to_bytes(8, "little") + b"{}"
    path = f"/weights/{hashlib.sha256(content).hexdigest()}"
    stored = losing.person().put(path, content=content)
    assert (stored.status_code, stored.json()["size"]) == (200, len(content))
    assert actions(losing, "weights.") == ["weights.upload"]


def test_every_route_that_changes_something_and_nothing_besides_is_repeated():
    routers = [module.router for module in public.ROUTERS]
    routers += [dispatch.router, runner.router, devices.agents]
    once = {
        route.path
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.methods - {"GET"}
        if not _is_repeated(route)
    }
    # Between transactions a webhook is sent something, and bytes are put in place.
    assert once == {
        "/webhooks/{webhook_id}/test",
        "/runner/jobs/{job_id}/artifacts/{sha256}",
        "/weights/{sha256}",
    }


def _is_repeated(route: APIRoute) -> bool:
    wrapped = isinstance(route, Repeated) or hasattr(route.endpoint, "__wrapped__")
    return wrapped and not inspect.iscoroutinefunction(route.endpoint)
