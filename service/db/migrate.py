"""Brings a database to the newest schema; safe to run from several processes at once."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db.engine import Database, lock_name

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the missing migrations, all in one transaction.

    A second process waits for the first one, then finds nothing to do.
    """
    with database.write() as session:
        if database.engine.dialect.name == "postgresql":
            # Rewriting a large table may take its time, and so may waiting for who does.
            for limit in ("lock_timeout", "statement_timeout"):
                session.execute(text(f"SET LOCAL {limit} = 0"))
        lock_name(session, "migrate")
        command.upgrade(configured(session), "head")


def configured(session: Session) -> Config:
    """Alembic's configuration for what it is to do within the session's transaction."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = session.connection()
    return config


def is_current(session: Session) -> bool:
    """Whether the schema is the one that this code was written for."""
    return MigrationContext.configure(session.connection()).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(SCRIPTS)).get_current_head()
