"""Databases of earlier versions, as `tests.upgrades.keep` had them written, brought back to life."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import JSON, Boolean, Column, DateTime, MetaData, Table, insert, select

from service.db.engine import Database
from service.db.migrate import configured
from tests.upgrades.keep import KEPT

REVISIONS = sorted(path.name for path in KEPT.iterdir())
Rows = dict[str, list[dict[str, Any]]]
"""By table."""


@dataclass(frozen=True)
class KeptVersion:
    revision: str

    @property
    def said(self) -> Mapping[str, Any]:
        """What the version itself answered, by path; the ids of its jobs, and tokens that it gave."""
        found: dict[str, Any] = json.loads((self._folder / "said.json").read_text())
        return found

    def write_sqlite(self, path: Path) -> None:
        """The very database."""
        with closing(sqlite3.connect(path)) as database:
            database.executescript((self._folder / "database.sql").read_text())

    def write_postgresql(self, database: Database, scratch: Path) -> None:
        """The same rows, in the tables that the version's own migrations make."""
        self.write_sqlite(scratch)
        with closing(sqlite3.connect(scratch)) as source, database.write() as session:
            source.row_factory = sqlite3.Row
            command.upgrade(configured(session), self.revision)
            tables = MetaData()
            tables.reflect(session.connection())
            for table in tables.sorted_tables:
                if table.name != "alembic_version":
                    found = source.execute(f'SELECT * FROM "{table.name}"')
                    rows = [_read(dict(row), table) for row in found]
                    session.execute(insert(table), rows) if rows else None

    def write_files(self, data_dir: Path) -> None:
        """Artifacts of the job that has ended, and the first tokens."""
        for file in (self._folder / "artifacts").iterdir():
            target = data_dir / "artifacts" / "sha256" / file.name[:2] / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        for name in ("admin", "dispatcher"):
            (data_dir / f"{name}-token").write_text(self.said["tokens"][name] + "\n")

    @property
    def _folder(self) -> Path:
        return KEPT / self.revision


def _read(row: dict[str, Any], table: Table) -> dict[str, Any]:
    """What SQLite keeps as text and numbers, as what it stands for."""
    return {
        name: None if value is None else _reader(table.c[name])(value)
        for name, value in row.items()
    }


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    match column.type:
        case JSON():
            return json.loads
        case Boolean():
            return bool
        case DateTime():
            return lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC)
        case _:
            return lambda value: value


def rows_of(database: Database) -> Rows:
    """Everything that is stored, whatever the schema, in an order that new columns leave alone."""
    with database.read() as session:
        tables = MetaData()
        tables.reflect(session.connection())
        return {
            table.name: [
                dict(row)
                for row in session.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }
