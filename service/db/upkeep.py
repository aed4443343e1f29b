"""What SQLite's file needs now and then; PostgreSQL looks after itself."""

import logging
from collections.abc import Iterator
from pathlib import Path

from service.db.engine import BUSY_MILLISECONDS, JOURNAL_BYTES, Database

logger = logging.getLogger(__name__)

CHECKPOINT_MILLISECONDS = 1000
"""Longest wait for readers; writers wait too while it lasts."""


def keep_up(database: Database) -> Iterator[int]:
    """Write SQLite's journal back and begin it anew, and refresh what its planner knows.

    SQLite writes the journal back by itself, but begins it anew only in a moment without readers,
    which a busy service never has: it would grow for ever. This waits for the readers of old
    snapshots; new ones read the written-back file meanwhile. Yields the journals begun anew.
    """
    if database.engine.dialect.name != "sqlite":
        return
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_MILLISECONDS}")
        try:
            busy, pages, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA optimize")
    finally:
        connection.close()
    if busy:
        _warn_of_size(database)
    # -1 pages: this SQLite keeps another journal.
    yield int(not busy and pages >= 0)


def journal_bytes(database: Database) -> int:
    """Size of SQLite's write-ahead log now."""
    path = Path(f"{database.engine.url.database}-wal")
    return path.stat().st_size if path.exists() else 0


def _warn_of_size(database: Database) -> None:
    if (size := journal_bytes(database)) > JOURNAL_BYTES:
        logger.warning("the journal has %d MiB: some reader does not end", size // 2**20)
