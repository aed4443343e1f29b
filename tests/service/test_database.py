import logging
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.clock import DatabaseClock
from service.db import engine
from service.db.engine import Database, lock_name
from service.db.tables import LatencyRow, TeamRow
from service.db.upsert import upsert
from service.errors import Unavailable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def add_team(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(TeamRow(name=name, quotas={}, created_at=NOON))


def teams(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.execute(text("SELECT name FROM teams")).scalars())


def fail_after_adding(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(TeamRow(name=name, quotas={}, created_at=NOON))
        session.flush()
        raise KeyError(name)


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    add_team(database, "kept")
    with pytest.raises(KeyError):
        fail_after_adding(database, "dropped")
    assert teams(database) == {"default", "kept"}


def test_a_read_is_one_snapshot(database: Database) -> None:
    with database.read() as session:
        before = session.execute(text("SELECT count(*) FROM teams")).scalar_one()
        writer = threading.Thread(target=add_team, args=(database, "new"))
        writer.start()
        writer.join()
        assert session.execute(text("SELECT count(*) FROM teams")).scalar_one() == before
    assert "new" in teams(database)


def test_reads_cannot_write_on_postgresql_and_writers_wait_on_sqlite(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        with database.read() as session, pytest.raises(DBAPIError, match="read-only"):
            session.execute(text("DELETE FROM teams"))
        return
    # Both read before they write: without BEGIN IMMEDIATE one of them would fail at once.
    threads = [threading.Thread(target=read_then_write, args=(database,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert teams(database) == {"default", "team 1", "team 2", "team 3", "team 4"}


def read_then_write(database: Database) -> None:
    with database.write() as session:
        number = session.execute(text("SELECT count(*) FROM teams")).scalar_one()
        session.add(TeamRow(name=f"team {number}", quotas={}, created_at=NOON))


def test_a_named_lock_lets_one_through_at_a_time(database: Database) -> None:
    def count_up() -> None:
        with database.write() as session:
            lock_name(session, "counting")
            number = session.execute(text("SELECT count(*) FROM teams")).scalar_one()
            session.add(TeamRow(name=f"team {number}", quotas={}, created_at=NOON))

    threads = [threading.Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert teams(database) == {"default", *(f"team {number}" for number in range(1, 7))}


def test_an_unreachable_database_is_unavailable(tmp_path: Path) -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/nothing", f"sqlite:///{tmp_path}/no/such.db"):
        database = Database(url)
        for transaction in (database.read, database.write):
            with pytest.raises(Unavailable) as refusal, transaction() as session:
                session.connection()
            assert int(refusal.value.headers["Retry-After"]) > 0
        database.close()


def test_sqlite_keeps_what_it_acknowledged_and_its_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.write() as session:
        settings = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_an_old_sqlite_gets_the_rollback_journal_and_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "pysqlite3", None)
    monkeypatch.setattr(engine, "SAFE_WAL", (*sqlite3.sqlite_version_info[:2], 999))
    with caplog.at_level(logging.WARNING):
        database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.write() as session:
        mode = session.execute(text("PRAGMA journal_mode")).scalar_one()
    database.close()
    assert mode == "delete"
    assert sqlite3.sqlite_version in caplog.text


def test_the_clock_is_aware_and_utc(database: Database) -> None:
    before = datetime.now(UTC)
    with database.write() as session:
        now = DatabaseClock().now(session)
    assert now.tzinfo is UTC
    # One machine, so the two clocks are one; PostgreSQL's may be read a little coarser.
    assert abs((now - before).total_seconds()) < 60


def test_an_upsert_keeps_or_replaces_what_is_there(database: Database) -> None:
    def row(fastest: float, profile: str = "cpu") -> dict[str, object]:
        latency = {"min": fastest}
        return {
            "architecture_digest": "0" * 64,
            "profile": profile,
            "latency": latency,
            "measured_at": NOON,
        }

    def stored() -> dict[str, object]:
        with database.read() as session:
            rows = session.query(LatencyRow).order_by(LatencyRow.profile)
            return {row.profile: row.latency["min"] for row in rows}

    with database.write() as session:
        upsert(session, LatencyRow, [row(1.0)])
        upsert(session, LatencyRow, [row(2.0), row(3.0, "phone")])
        upsert(session, LatencyRow, [])
    assert stored() == {"cpu": 1.0, "phone": 3.0}
    with database.write() as session:
        upsert(session, LatencyRow, [row(4.0)], replacing=("latency",))
    assert stored() == {"cpu": 4.0, "phone": 3.0}
