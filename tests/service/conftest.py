from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import Base, TeamRow
from service.settings import Settings
from service.team.access import DEFAULT_TEAM
from tests.factories import Hand
from tests.service.plane import Plane


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'tclsearch.db'}")
    migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def on_postgresql(postgresql: Callable[[str], str]) -> Iterator[Database]:
    database = Database(postgresql("service"))
    migrate(database)
    yield database
    database.close()


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database of each kind, with the default team and nothing else."""
    database: Database = request.getfixturevalue(request.param)
    with database.write() as session:
        session.add(
            TeamRow(name=DEFAULT_TEAM, quotas={}, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    yield database
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def plane(database: Database, tmp_path: Path) -> Plane:
    return Plane(database, Settings(data_dir=tmp_path))
