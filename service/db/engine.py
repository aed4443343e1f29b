"""The engine and its transactions, on SQLite and PostgreSQL.

SQLite: write transactions begin IMMEDIATE, because one that reads first and writes later fails
under concurrency no matter how long it would wait. PostgreSQL: write transactions are READ
COMMITTED and lock the job's row; read transactions are one snapshot on both.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

from service.errors import Unavailable

try:
    import pysqlite3
except ImportError:  # it has no wheels outside Linux
    pysqlite3 = None

logger = logging.getLogger(__name__)

SAFE_WAL = (3, 51, 3)
"""First SQLite without the WAL-reset bug, which corrupts a file that several connections write."""
BUSY_MILLISECONDS = 30_000
CONNECTIONS = 20


class Database:
    """A database, and the two ways into it: `write()` and `read()`, one transaction each.

    Sessions do not flush by themselves before a query. A transaction that raises is rolled back.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writers = _sessions(self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE"))
        self._readers = _sessions(_reading(self.engine))

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end.

        Raises:
            Unavailable: the database cannot be reached or stayed locked.
        """
        with _available(), self._writers.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only snapshot.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with _available(), self._readers.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def lock_name(session: Session, name: str) -> None:
    """Let no other transaction past this point under the same name until this one ends."""
    # On SQLite a write transaction excludes all others by itself.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError) as error:
        logger.warning("database trouble: %s", error)
        raise Unavailable("the database is not available") from error


def _sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, autoflush=False, expire_on_commit=False)


def _reading(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url)
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=CONNECTIONS,
        json_deserializer=from_json,
        connect_args={"connect_timeout": 10, "options": f"-c lock_timeout={BUSY_MILLISECONDS}"},
    )


def _sqlite(url: str) -> Engine:
    module: ModuleType = pysqlite3 or sqlite3
    wal = module.sqlite_version_info >= SAFE_WAL
    if not wal:
        logger.warning(
            "SQLite %s may corrupt a database in WAL mode; using the slower rollback journal",
            module.sqlite_version,
        )
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"),
        module=module,
        pool_size=CONNECTIONS,
        json_deserializer=from_json,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        # The driver must not begin transactions by itself: `begin` below does.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
        # What was acknowledged must survive a power cut; NORMAL would lose the newest commits.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine
