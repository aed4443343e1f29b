from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, text

from service.db.engine import Database
from service.db.migrate import configured, is_current, migrate
from service.db.tables import ArtifactRow, Base, JobRow, TeamRow
from service.errors import Unavailable
from tests.factories import SetClock, add_job

NewDatabase = Callable[[str], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes empty databases of a name."""
    made: list[Database] = []

    def new(name: str) -> Database:
        if request.param == "postgresql":
            url = request.getfixturevalue("postgresql")(f"migrations_{name}")
        else:
            url = f"sqlite:///{tmp_path / name}.db"
        made.append(Database(url))
        return made[-1]

    yield new
    for database in made:
        database.close()


def schema(database: Database) -> dict[str, Any]:
    """Everything that the database itself says of its tables, but alembic's own."""
    with database.read() as session:
        inspector = inspect(session.connection())
        return {
            table: {
                "columns": [
                    {**column, "type": repr(column["type"])}
                    for column in inspector.get_columns(table)
                ],
                "primary key": inspector.get_pk_constraint(table),
                "foreign keys": _sorted(inspector.get_foreign_keys(table)),
                "unique": _sorted(inspector.get_unique_constraints(table)),
                "checks": _sorted(inspector.get_check_constraints(table)),
                "indexes": _sorted(
                    [
                        # Conditions are texts that equal nothing but themselves.
                        {**index, "dialect_options": str(_options(index))}
                        for index in inspector.get_indexes(table)
                    ]
                ),
            }
            for table in sorted(set(inspector.get_table_names()) - {"alembic_version"})
        }


def _sorted(named: list[Any]) -> list[Any]:
    return sorted(named, key=lambda each: str(each["name"]))


def _options(index: Any) -> dict[str, str]:
    return {name: str(option) for name, option in index.get("dialect_options", {}).items()}


def test_migrations_make_what_the_tables_say(empty: NewDatabase) -> None:
    migrated, created = empty("migrated"), empty("created")
    migrate(migrated)
    with created.write() as session:
        Base.metadata.create_all(session.connection())
    assert schema(migrated) == schema(created)
    assert set(schema(migrated)) == set(Base.metadata.tables)
    with migrated.write() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_a_migrated_database_stays_as_it_is(empty: NewDatabase) -> None:
    database = empty("again")
    migrate(database)
    first = schema(database)
    migrate(database)
    assert schema(database) == first


def at_once(database: Database, count: int, act: Callable[[Database], object]) -> None:
    """The same by as many services as that. Raises what any of them raised."""
    others = [Database(database.engine.url.render_as_string(False)) for _ in range(count)]
    together = Barrier(count)

    def start(other: Database) -> None:
        together.wait(10)
        act(other)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(start, others))
    for other in others:
        other.close()


def test_services_that_start_at_once_migrate_once(empty: NewDatabase) -> None:
    database = empty("at_once")
    at_once(database, 3, migrate)
    assert set(schema(database)) == set(Base.metadata.tables)


def test_services_that_start_at_once_all_get_their_connection(empty: NewDatabase) -> None:
    """On SQLite, who finds a new file has to change its journal; one in three rounds met a lock."""
    for number in range(30):
        at_once(empty(f"at_once_{number}"), 6, is_migrated)


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
def test_a_migration_that_finds_a_table_in_use_lets_others_pass_and_tries_again(
    empty: NewDatabase,
) -> None:
    """A change of a table waits for its readers, and every later reader would wait for the change."""
    database = empty("in_use")
    with database.write() as session:
        command.upgrade(configured(session), "0001")
    with database.read() as reader:
        reader.execute(text("SELECT count(*) FROM jobs"))
        with pytest.raises(Unavailable):
            migrate(database, lock_seconds=0.05, tries=2)
        with ThreadPoolExecutor(1) as pool:
            migrating = pool.submit(migrate, database, lock_seconds=0.05, tries=10_000)
            for _ in range(3):
                # Each waits behind the migration for no longer than that one waits.
                with database.read() as later:
                    later.execute(text("SELECT count(*) FROM jobs"))
            assert not migrating.done()
            reader.rollback()
            migrating.result()
    assert is_migrated(database)


def is_migrated(database: Database) -> bool:
    with database.write() as session:
        return is_current(session)


@pytest.mark.parametrize("revision", ["0001", "0007", "0011", "0015"])
def test_what_an_earlier_schema_held_is_kept(empty: NewDatabase, revision: str) -> None:
    """Written as that version wrote it, read as this one does."""
    newest, old = empty(f"newest_{revision}"), empty(f"old_{revision}")
    migrate(newest)
    with newest.write() as session:
        at = SetClock().time
        session.add(TeamRow(name="default", quotas={}, created_at=at))
        session.flush()
        job_id = add_job(session, at, budget={"trials": 7}).id
        session.add(ArtifactRow(sha256="ab" * 32, size=7, created_at=at))
        session.flush()
        rows = {
            table.name: [dict(row) for row in session.execute(table.select()).mappings()]
            for table in (TeamRow.__table__, JobRow.__table__, ArtifactRow.__table__)
        }
    with old.write() as session:
        command.upgrade(configured(session), revision)
        for name, found in rows.items():
            table = Table(name, MetaData(), autoload_with=session.connection())
            kept = [{key: row[key] for key in row.keys() & table.c.keys()} for row in found]
            session.execute(table.insert(), kept)
    migrate(old)
    with old.read() as session:
        job = session.get_one(JobRow, job_id)
        artifact = session.get_one(ArtifactRow, "ab" * 32)
    assert (job.budget_trials, job.points_waiting) == (7, 0)
    assert (artifact.size, artifact.state) == (7, "stored")
