"""What a database in trouble does to transactions: an answer that can be waited for, never a fault."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from psycopg import errors as postgresql_errors
from sqlalchemy import event, text
from sqlalchemy.exc import (
    DBAPIError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    ProgrammingError,
)
from sqlalchemy.orm import Session

from service.db import engine
from service.db.engine import Database, lock_name
from service.db.migrate import migrate
from service.db.trouble import trouble
from service.errors import StorageFull, Unavailable
from tests.service.test_database import add_team, teams


def raised(error: type[psycopg.Error], wrapper: type[DBAPIError]) -> DBAPIError:
    return wrapper("SELECT 1", {}, error("it happened"))


@pytest.mark.parametrize(
    ("name", "wrapper"),
    [
        ("AdminShutdown", OperationalError),
        ("CrashShutdown", OperationalError),
        ("CannotConnectNow", OperationalError),
        ("ConnectionFailure", OperationalError),
        ("TooManyConnections", OperationalError),
        ("OutOfMemory", OperationalError),
        ("IoError", OperationalError),
        ("QueryCanceled", OperationalError),
        ("LockNotAvailable", OperationalError),
        ("SerializationFailure", OperationalError),
        ("DeadlockDetected", OperationalError),
        ("IdleInTransactionSessionTimeout", InternalError),
        ("ReadOnlySqlTransaction", InternalError),
    ],
)
def test_what_heals_is_unavailable(name: str, wrapper: type[DBAPIError]) -> None:
    found = trouble(raised(getattr(postgresql_errors, name), wrapper))
    assert found is not None
    assert (found.status, found.code) == (503, "unavailable")
    assert int(found.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("name", "wrapper"),
    [
        ("UndefinedTable", ProgrammingError),
        ("StatementTooComplex", OperationalError),
        ("IndexCorrupted", InternalError),
        ("InFailedSqlTransaction", InternalError),
    ],
)
def test_what_does_not_heal_is_a_fault(name: str, wrapper: type[DBAPIError]) -> None:
    assert trouble(raised(getattr(postgresql_errors, name), wrapper)) is None


def test_a_full_disk_is_told_apart() -> None:
    found = trouble(raised(postgresql_errors.DiskFull, OperationalError))
    assert isinstance(found, StorageFull)
    assert (found.status, found.code) == (507, "storage_full")


def test_any_error_that_cost_the_connection_is_unavailable() -> None:
    error = raised(psycopg.DatabaseError, DBAPIError)
    assert trouble(error) is None
    error.connection_invalidated = True
    assert isinstance(trouble(error), Unavailable)
    assert isinstance(trouble(PendingRollbackError("lost", code="8s2b")), Unavailable)
    assert trouble(PendingRollbackError("our own fault")) is None


# On SQLite.


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(database)
    yield database
    database.close()


def set_on_every_connection(database: Database, *pragmas: str) -> None:
    def checkout(connection: Any, *_: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(database.engine, "checkout", checkout)


def test_sqlite_on_a_full_disk(file: Database) -> None:
    set_on_every_connection(file, "max_page_count = 1")
    added: list[str] = []
    with pytest.raises(StorageFull):
        add_for_ever(file, added)
    assert teams(file) == set(added), "what was acknowledged is there, and nothing else"


def add_for_ever(database: Database, added: list[str]) -> NoReturn:
    for number in count():
        name = f"{number:050}"
        add_team(database, name)
        added.append(name)
    raise AssertionError


def test_sqlite_that_can_only_be_read(file: Database) -> None:
    add_team(file, "before")
    set_on_every_connection(file, "query_only = 1")
    with pytest.raises(Unavailable):
        add_team(file, "after")
    assert teams(file) == {"before"}


def test_sqlite_that_stays_locked(file: Database) -> None:
    set_on_every_connection(file, "busy_timeout = 0")
    with file.write() as session:
        session.connection()
        with pytest.raises(Unavailable):
            add_team(file, "second")
    add_team(file, "third")


def test_a_statement_that_cannot_work_is_a_fault(database: Database) -> None:
    with pytest.raises(DBAPIError, match="nowhere"), database.read() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_every_connection_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECTIONS", 1)
    monkeypatch.setattr(engine, "POOL_SECONDS", 0.0)
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.read() as session:
        session.connection()
        with pytest.raises(Unavailable):
            teams(database)
    database.close()


# On PostgreSQL.


@pytest.fixture
def server(on_postgresql: Database) -> Iterator[Database]:
    """A pool of its own on a database of which nobody else has one meanwhile."""
    url = on_postgresql.engine.url.render_as_string(hide_password=False)
    database = Database(url)
    yield database
    database.close()
    with on_postgresql.write() as session:
        session.execute(text("DELETE FROM teams"))


def administer(database: Database, statement: str) -> None:
    with connection(database, autocommit=True) as session:
        session.execute(statement)


def connection(database: Database, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = "-c default_transaction_read_only=off"
    return psycopg.connect(url, autocommit=autocommit, options=options)


def end_sessions(database: Database) -> None:
    administer(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def test_sessions_that_end_between_two_transactions_are_not_even_noticed(server: Database) -> None:
    add_team(server, "before")
    end_sessions(server)
    add_team(server, "after")
    assert teams(server) == {"before", "after"}


def test_a_session_that_ends_within_a_transaction(server: Database) -> None:
    for transaction in (server.read, server.write):
        with pytest.raises(Unavailable):
            lose_session(server, transaction)


def lose_session(
    database: Database, transaction: Callable[[], AbstractContextManager[Session]]
) -> None:
    with transaction() as session:
        session.execute(text("SELECT :secret"), {"secret": "canary"})
        end_sessions(database)
        session.execute(text("SELECT :secret"), {"secret": "canary"})


def test_a_session_that_ends_right_before_its_commit(server: Database) -> None:
    event.listen(server.engine, "commit", lambda _: end_sessions(server), once=True)
    with pytest.raises(Unavailable):
        add_team(server, "lost")
    assert teams(server) == set()


@pytest.mark.parametrize(
    ("limit", "statement"),
    [("statement_timeout", "SELECT pg_sleep(60)"), ("lock_timeout", "LOCK TABLE teams")],
)
def test_nothing_waits_without_an_end(server: Database, limit: str, statement: str) -> None:
    require_limit(server, limit)
    with connection(server) as other:
        other.execute("LOCK TABLE teams")
        with pytest.raises(Unavailable):
            run(server, f"SET LOCAL {limit} = 1", statement)
    add_team(server, "after")


def test_a_transaction_that_stands_still_is_ended(server: Database) -> None:
    limit = "idle_in_transaction_session_timeout"
    require_limit(server, limit)
    with pytest.raises(Unavailable):
        stand_still(server, f"SET LOCAL {limit} = 1")
    add_team(server, "after")


def require_limit(database: Database, name: str) -> None:
    with database.read() as session:
        query = text("SELECT setting FROM pg_settings WHERE name = :name")
        assert 0 < int(session.scalars(query, {"name": name}).one()) <= 60_000


def run(database: Database, *statements: str) -> None:
    with database.write() as session:
        for statement in statements:
            session.execute(text(statement))


def stand_still(database: Database, limit: str) -> None:
    with database.write() as session, connection(database) as other:
        session.execute(text(limit))
        await_end_of(other, session.scalars(text("SELECT pg_backend_pid()")).one())
        session.execute(text("SELECT 1"))


def await_end_of(other: psycopg.Connection[Any], pid: int) -> None:
    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    while other.execute(alive, (pid,)).fetchone() != (0,):
        other.rollback()


def test_of_two_that_wait_for_each_other_one_is_told_to_come_back(server: Database) -> None:
    meeting = threading.Barrier(2)
    refusals: list[Unavailable] = []

    def take(first: str, second: str) -> None:
        try:
            with server.write() as session:
                lock_name(session, first)
                meeting.wait()
                lock_name(session, second)
        except Unavailable as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=take, args=names) for names in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [refusal.retry_after for refusal in refusals] == [1]


def test_a_server_that_became_a_standby_is_left(server: Database) -> None:
    name = server.engine.url.database
    # Its sessions stay read-only for good, and answer every ping.
    administer(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    for _ in range(2):
        with pytest.raises(Unavailable):
            add_team(server, "too early")
    administer(server, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    add_team(server, "after")
    assert teams(server) == {"after"}


def test_nothing_of_a_statement_is_logged(
    server: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable):
        lose_session(server, server.read)
    assert "database trouble" in caplog.text
    assert "canary" not in caplog.text
