"""Brings a database to the newest schema; safe to run from several processes at once."""

import logging
import time
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db.engine import Database, lock_name
from service.db.trouble import is_lock_timeout
from service.errors import Conflict, Unavailable

LOCK_SECONDS = 2.0
LOCK_TRIES = 30

logger = logging.getLogger(__name__)

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(
    database: Database, *, lock_seconds: float = LOCK_SECONDS, tries: int = LOCK_TRIES
) -> None:
    """Run the missing migrations, all in one transaction.

    A second process waits for the first one, then finds nothing to do.

    lock_seconds: how long a table may be waited for; whoever asks for it meanwhile waits as well,
        behind us. tries: how often all of it is begun anew before it is given up.

    Raises:
        Conflict: a later version has migrated it.
        Unavailable: tables stayed locked, or the database is away.
    """
    for left in reversed(range(tries)):
        try:
            _migrate(database, lock_seconds)
        except Unavailable as error:
            if not left or not is_lock_timeout(error.__cause__):
                raise
            # Those who queued behind us have their turn.
            time.sleep(lock_seconds)
        else:
            return


def _migrate(database: Database, lock_seconds: float) -> None:
    with database.write() as session:
        on_postgresql = database.engine.dialect.name == "postgresql"
        if on_postgresql:
            # Rewriting a large table may take its time, and so may waiting for who does.
            for limit in ("lock_timeout", "statement_timeout"):
                session.execute(text(f"SET LOCAL {limit} = 0"))
        lock_name(session, "migrate")
        if on_postgresql:
            session.execute(text(f"SET LOCAL lock_timeout = {round(1000 * lock_seconds)}"))
        _require_known(session)
        command.upgrade(configured(session), "head")
        logger.info("the schema is that of migration %s", _newest())


def configured(session: Session) -> Config:
    """Alembic's configuration for what it is to do within the session's transaction."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = session.connection()
    return config


def is_current(session: Session) -> bool:
    """Whether the schema is the one that this code was written for."""
    return _revision(session) == _newest()


def is_later(session: Session) -> bool:
    """Whether a version that came after this code has migrated it."""
    return _revision(session) not in {None, *_known()}


def _require_known(session: Session) -> None:
    if is_later(session):
        raise Conflict(
            f"the database has the schema of a later version, {_revision(session)}; this one knows"
            f" those up to {_newest()}: run the later one, or restore a backup from before"
        )


def _revision(session: Session) -> str | None:
    return MigrationContext.configure(session.connection()).get_current_revision()


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


@cache
def _known() -> frozenset[str]:
    return frozenset(each.revision for each in ScriptDirectory(str(SCRIPTS)).walk_revisions())
