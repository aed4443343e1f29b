"""The engine and its transactions, on SQLite and PostgreSQL.

SQLite: write transactions begin IMMEDIATE, because one that reads first and writes later fails
under concurrency no matter how long it would wait. PostgreSQL: write transactions are READ
COMMITTED and lock the job's row; read transactions are one snapshot on both.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from service.db.together import Turns
from service.db.trouble import is_demoted, is_locked, trouble

try:
    import pysqlite3
except ImportError:  # it has no wheels outside Linux
    pysqlite3 = None

logger = logging.getLogger(__name__)

SAFE_WAL = (3, 51, 3)
"""First SQLite without the WAL-reset bug, which corrupts a file that several connections write."""
BUSY_MILLISECONDS = 30_000
"""Longest wait for a lock."""
CONNECTIONS = 20
"""Kept open by each process; half as many more come and go under load."""
POOL_SECONDS = 10.0
"""Longest wait for a free connection."""
JOURNAL_BYTES = 64 * 1024 * 1024
"""SQLite's journal is cut back to this once it has been written back."""
_JOURNAL_TRY_SECONDS = 0.01

# Nothing waits for PostgreSQL without an end. The server ends what takes longer than these, and
# with it the locks of a process that has stopped in mid-transaction.
_SERVER_LIMITS = {
    "lock_timeout": BUSY_MILLISECONDS,
    "statement_timeout": 60_000,
    "idle_in_transaction_session_timeout": 60_000,
}
# A server that is gone without a word, with its machine or the network, is noticed in 30 seconds.
_CONNECTION_LIMITS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


class Database:
    """A database, and the ways into it, one transaction each: `write()`, `read()`, and for what
    many ask at once `write_together()`.

    Sessions do not flush by themselves before a query. A transaction that raises is rolled back.
    """

    def __init__(self, url: str) -> None:
        """Raises ValueError for what is no database URL, and does not repeat it."""
        self.engine = _engine(url)
        writing = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._writers = _sessions(writing)
        self._readers = _sessions(_reading(self.engine))
        is_sqlite = self.engine.dialect.name == "sqlite"
        self._turns = Turns(writing, BUSY_MILLISECONDS / 1000) if is_sqlite else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end.

        Raises:
            Unavailable: the database is away, full, read-only or stayed locked. Where that
                happened at the end, nobody knows whether the transaction counts.
        """
        turn = nullcontext() if self._turns is None else self._turns.alone()
        with turn, _available(), self._writers.begin() as session:
            yield session

    @contextmanager
    def write_together(self) -> Iterator[Session]:
        """A short transaction that is committed at the end, maybe in one with others of the time.

        They see one another's changes, as they would one after the other.

        Raises:
            Unavailable: as `write()` does.
        """
        ours = self._writers.begin() if self._turns is None else self._turns.together()
        with _available(), ours as session:
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
    except SQLAlchemyError as error:
        found = trouble(error)
        if found is None:
            raise
        logger.warning("database trouble: %s", _in_a_line(error))
        raise found from error


def _in_a_line(error: SQLAlchemyError) -> str:
    """Without the statement and its parameters, which may hold what is nobody's to log."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(f"{type(cause).__name__}: {cause}".split())


def _sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, autoflush=False, expire_on_commit=False)


def _reading(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine(text: str) -> Engine:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("the database URL is none") from None
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url)


def _postgresql(url: URL) -> Engine:
    limits = " ".join(f"-c {name}={value}" for name, value in _SERVER_LIMITS.items())
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        # Parameters are people's documents, and secrets.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=CONNECTIONS,
        json_deserializer=from_json,
        max_overflow=CONNECTIONS // 2,
        pool_timeout=POOL_SECONDS,
        connect_args={**_CONNECTION_LIMITS, "options": limits},
    )

    @event.listens_for(engine, "handle_error")
    def leave_a_demoted_server(context: ExceptionContext) -> None:
        error, connection = context.sqlalchemy_exception, context.connection
        if not isinstance(error, DBAPIError) or connection is None:
            return
        reading = connection.get_execution_options().get("postgresql_readonly", False)
        if is_demoted(error) and not reading:
            # It answers pings, so that nothing else would make the pool look for the new one.
            context.is_disconnect = True

    return engine


def _sqlite(url: URL) -> Engine:
    module: ModuleType = pysqlite3 or sqlite3
    wal = module.sqlite_version_info >= SAFE_WAL
    if not wal:
        logger.warning(
            "SQLite %s may corrupt a database in WAL mode; using the slower rollback journal",
            module.sqlite_version,
        )
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        hide_parameters=True,
        module=module,
        pool_size=CONNECTIONS,
        json_deserializer=from_json,
        max_overflow=CONNECTIONS // 2,
        pool_timeout=POOL_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        # The driver must not begin transactions by itself: `begin` below does.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        _set_journal(connection, "wal" if wal else "delete")
        # What was acknowledged must survive a power cut; NORMAL would lose the newest commits.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


def _set_journal(connection: Any, mode: str) -> None:
    """Choose how the file is journalled, which the first connections to a new file change.

    Two of them exclude each other, and SQLite tells one so at once, whatever its busy timeout.
    """
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            return
        except Exception as error:
            if not is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(_JOURNAL_TRY_SECONDS)
