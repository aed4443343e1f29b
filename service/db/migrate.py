"""Brings a database to the newest schema; safe to run from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from service.db.engine import Database, lock_name


def migrate(database: Database) -> None:
    """Run the missing migrations, all in one transaction.

    A second process waits for the first one, then finds nothing to do.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.write() as session:
        lock_name(session, "migrate")
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
