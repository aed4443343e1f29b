import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from service.access import DEFAULT_TEAM
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import Base, TeamRow
from service.settings import Settings
from tests.service.plane import Plane


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "tclsearch.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: Callable[[str], str]) -> Iterator[Database]:
    """A migrated PostgreSQL database, to be emptied."""
    database = Database(postgresql("service"))
    migrate(database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database with the default team and nothing else, of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "tclsearch.db")
        database = Database(f"sqlite:///{tmp_path / 'tclsearch.db'}")
    else:
        database = request.getfixturevalue("migrated_postgresql")
    with database.write() as session:
        session.add(
            TeamRow(name=DEFAULT_TEAM, quotas={}, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    yield database
    if request.param == "sqlite":
        database.close()
        return
    with database.write() as session:
        tables = ", ".join(Base.metadata.tables)
        session.execute(text(f"TRUNCATE {tables} CASCADE"))


@pytest.fixture
def plane(database: Database, tmp_path: Path) -> Plane:
    return Plane(database, Settings(data_dir=tmp_path))
