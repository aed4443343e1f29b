"""Group commit on SQLite: short transactions that wait for one another are committed as one.

SQLite has one writer at a time, and whoever commits synchronises the file with the disk, which
takes longer than all statements of a short transaction together. So a transaction that finds
others waiting leaves its changes to be committed with theirs. Each is a savepoint of its own, and
none is answered before the commit of all. PostgreSQL does this by itself (cf. DeWitt et al. 1984,
"Implementation techniques for main memory database systems").
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from service.errors import Unavailable

MOST = 32
"""Transactions in one commit at most, so that the first does not wait without an end."""
LOOK_SECONDS = 0.05
"""How often one that waits for its commit sees to it that somebody is left to do it."""


class Batch:
    """One transaction of the database, in which several of ours follow one another.

    Whoever adds to it has the turn. The first and all that follow wait until it is over.
    """

    def __init__(self, engine: Engine) -> None:
        self.connection: Connection = engine.connect()
        try:
            self.connection.begin()
        except BaseException:
            self.connection.close()
            raise
        self.size = 0
        self.over = threading.Event()
        self.failure: Exception | None = None

    @property
    def is_open(self) -> bool:
        """Some errors make SQLite roll everything back by itself; a commit then says nothing."""
        driver: Any = self.connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    def commit(self) -> None:
        if not self.is_open:
            self.end(Unavailable("the database gave a transaction up before its commit"))
            return
        try:
            self.connection.commit()
        except Exception as error:  # noqa: BLE001  all that wait are told
            self.end(error)
        else:
            self.end(None)

    def end(self, failure: Exception | None) -> None:
        self.failure = failure
        try:
            if failure is not None:
                # It may still be in the middle of the transaction, as far as SQLite knows.
                self.connection.invalidate()
            self.connection.close()
        finally:
            self.over.set()


class Turns:
    """Who writes a SQLite database next, within this process.

    By itself SQLite has whoever is not first sleep, for ever longer, with nobody writing meanwhile.

    engine: whose transactions begin as writers. seconds: the longest wait for a turn.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds
        # Reentrant, so that a transaction within another one still meets SQLite's own answer.
        self._turn = threading.RLock()
        self._depth = 0
        self._count = threading.Lock()
        self._waiting = 0
        self._batch: Batch | None = None
        self._sessions = sessionmaker(
            autoflush=False, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A turn for a transaction that is committed by itself.

        Raises:
            Unavailable: the turn did not come in time.
        """
        self._take()
        try:
            if self._depth == 1:
                self._commit()
            yield
        finally:
            self._give()

    @contextmanager
    def together(self) -> Iterator[Session]:
        """A transaction that is committed, by the time this ends, with those that came meanwhile.

        Raises:
            Unavailable: the turn did not come in time, or another transaction of the same commit
                made the database give all of them up.
            SQLAlchemyError: the commit failed.
        """
        with self._counted():
            self._take()
        try:
            if self._depth > 1:
                raise RuntimeError("a transaction within another one cannot wait for its commit")
            batch = self._batch = self._batch or Batch(self._engine)
            yield from self._in(batch)
        finally:
            self._give()
        while not batch.over.wait(LOOK_SECONDS):
            # Those that were waited for may have lost patience.
            with self.alone():
                pass
        if batch.failure is not None:
            raise batch.failure

    def _in(self, batch: Batch) -> Iterator[Session]:
        session = self._sessions(bind=batch.connection)
        try:
            yield session
            session.commit()
            batch.size += 1
        except BaseException as error:
            if batch.is_open:
                session.rollback()
                raise
            session.invalidate()
            self._batch = None
            batch.end(Unavailable("the database gave up all transactions of one commit"))
            raise _first(error) from None
        finally:
            session.close()
            if batch.size in (0, MOST) or not self._waiting:
                self._commit()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._count:
            self._waiting += 1
        try:
            yield
        finally:
            with self._count:
                self._waiting -= 1

    def _take(self) -> None:
        if not self._turn.acquire(timeout=self._seconds):
            raise Unavailable("the database is busy")
        self._depth += 1

    def _give(self) -> None:
        self._depth -= 1
        self._turn.release()

    def _commit(self) -> None:
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.commit()


def _first(error: BaseException) -> BaseException:
    """The error before those that came of rolling back what was rolled back already."""
    while isinstance(error.__context__, SQLAlchemyError):
        error = error.__context__
    return error
