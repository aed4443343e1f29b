"""What an error of the database means to whoever asked: come back later, make room, or a fault.

A fault is an error of ours, or one that no retry heals: it stays what it is and becomes a 500.
"""

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
    TimeoutError,
)

from service.errors import Contended, StorageFull, Unavailable

_LOST_IN_TRANSACTION = "8s2b"
"""SQLAlchemy's code for a statement after the one that lost the connection."""

# SQLSTATE. Of class 40, these are failed serialisations and deadlocks; others leave it open whether
# the transaction counts. Of class 25, 25006 comes from a server that has become a standby, and the
# others from transactions that a time limit ended.
_DISK_FULL = "53100"
_CONTENDED = frozenset({"40001", "40P01"})
_READ_ONLY = "25006"
_LOCK_TIMEOUT = "55P03"
_TIMED_OUT = frozenset({"25P03", "25P04"})
_FAULTS = ("54",)
"""Classes of operational errors that mean a statement which can never work."""

# SQLite's primary result codes.
_SQLITE_ERROR = 1
_SQLITE_BUSY = 5
_SQLITE_READONLY = 8
_SQLITE_FULL = 13


def trouble(error: SQLAlchemyError) -> Unavailable | None:
    """What to answer instead of `error`; None where it is a fault."""
    if isinstance(error, TimeoutError):
        return Unavailable("every connection to the database is in use")
    if isinstance(error, PendingRollbackError) and error.code == _LOST_IN_TRANSACTION:
        return Unavailable("the connection to the database was lost")
    if not isinstance(error, DBAPIError):
        return None
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return _of_sqlite(code & 0xFF, error)
    return _of_postgresql(sqlstate(error), error)


def is_demoted(error: DBAPIError) -> bool:
    """Whether the server has become one that only reads: its connections are good for nothing."""
    return sqlstate(error) == _READ_ONLY


def is_lock_timeout(error: BaseException | None) -> bool:
    """Whether PostgreSQL gave up waiting for a lock; nothing has come of the transaction."""
    return isinstance(error, DBAPIError) and sqlstate(error) == _LOCK_TIMEOUT


def is_locked(error: Exception) -> bool:
    """Whether SQLite's own error says that another connection is in the way just now."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == _SQLITE_BUSY


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's code of the error; empty where it has none."""
    return getattr(error.orig, "sqlstate", None) or ""


def _of_sqlite(code: int, error: DBAPIError) -> Unavailable | None:
    if code == _SQLITE_FULL:
        return StorageFull("the disk of the database is full")
    if code == _SQLITE_READONLY:
        return Unavailable("the database can only be read now")
    if code == _SQLITE_BUSY:
        return Contended("the database is busy")
    if isinstance(error, OperationalError) and code != _SQLITE_ERROR:
        return Unavailable("the database is busy or not available")
    return None


def _of_postgresql(code: str, error: DBAPIError) -> Unavailable | None:
    if code == _DISK_FULL:
        return StorageFull("the disk of the database is full")
    if code in _CONTENDED:
        return Contended("others changed the same things")
    if code == _READ_ONLY:
        return Unavailable("the database can only be read now")
    if error.connection_invalidated or code in _TIMED_OUT:
        return Unavailable("the connection to the database was lost")
    if isinstance(error, OperationalError | InterfaceError) and not code.startswith(_FAULTS):
        return Unavailable("the database is not available")
    return None
