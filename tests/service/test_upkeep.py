import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db import engine, upkeep
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import LatencyRow
from service.db.upkeep import journal_bytes, keep_up
from service.db.upsert import upsert
from tests.service.test_database import NOON

MIB = 2**20


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(database)
    yield database
    database.close()


def write_a_mebibyte(database: Database) -> None:
    row = {
        "architecture_digest": "0" * 64,
        "profile": "cpu",
        # Ever another one: SQLite does not write what is there already.
        "latency": {"text": secrets.token_hex(MIB // 2)},
        "measured_at": NOON,
    }
    with database.write() as session:
        upsert(session, LatencyRow, [row], replacing=("latency",))


def read(session: Session) -> None:
    session.execute(text("SELECT count(*) FROM latencies"))


class Readers:
    """Always at least one snapshot open: each reader begins before the one before it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last = ExitStack()
        while not self._stop.is_set():
            with last:
                last = ExitStack()
                read(last.enter_context(self._database.read()))
        last.close()


def test_the_journal_is_bounded_though_there_is_always_a_reader(file: Database) -> None:
    begun_anew = 0
    largest = 0
    with Readers(file):
        for written in range(30):
            write_a_mebibyte(file)
            if written % 6 == 5:
                begun_anew += sum(keep_up(file))
            largest = max(largest, journal_bytes(file))
    assert begun_anew > 0
    assert largest < 20 * MIB


def test_a_long_reader_delays_it_until_its_end(
    file: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upkeep, "CHECKPOINT_MILLISECONDS", 1)
    monkeypatch.setattr(upkeep, "JOURNAL_BYTES", MIB)
    with file.read() as session:
        read(session)
        for _ in range(3):
            write_a_mebibyte(file)
        assert list(keep_up(file)) == [0]
        assert journal_bytes(file) > 3 * MIB
        assert "some reader does not end" in caplog.text
        write_a_mebibyte(file)
    assert list(keep_up(file)) == [1]
    assert journal_bytes(file) == 0
    write_a_mebibyte(file)


def test_transactions_wait_for_locks_as_long_as_before(file: Database) -> None:
    list(keep_up(file))
    with file.read() as session:
        waits = session.scalar(text("PRAGMA busy_timeout"))
    assert waits == engine.BUSY_MILLISECONDS


def test_postgresql_needs_nothing(on_postgresql: Database) -> None:
    assert list(keep_up(on_postgresql)) == []
