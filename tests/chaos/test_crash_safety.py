"""F12: nothing is acknowledged before it would survive a power cut. F19: a migration is killed."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from service.api.runner import _keep
from service.app import create_app
from service.db.engine import Database
from service.db.migrate import is_current, migrate
from service.settings import Settings
from service.team.access import RunnerToken
from tests.chaos.counts import count
from tests.chaos.light_api import FORKS
from tests.factories import digest
from tests.service.plane import Plane

CONTENT = b"weights"


class Disk:
    """What is done to the artifacts and to the database, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
        self.done: list[str] = []
        synchronise, replace = os.fsync, Path.replace

        def fsync(descriptor: int) -> None:
            synchronise(descriptor)
            path = Path(f"/proc/self/fd/{descriptor}").resolve()
            self.done.append(f"synchronise {'directory' if path.is_dir() else 'file'}")

        def rename(path: Path, to: Path) -> Path:
            self.done.append("rename")
            return replace(path, to)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", rename)
        event.listen(database.engine, "commit", lambda _: self.done.append("commit"))


@pytest.mark.parametrize("database", ["on_sqlite"], indirect=True)
def test_bytes_are_on_disk_before_their_name_and_both_before_they_count_as_stored(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F12."""
    token: RunnerToken = plane.running()
    parts = create_app(plane.settings, plane.database, plane.clock).state.parts
    disk = Disk(monkeypatch, plane.database)
    with parts.artifacts.upload(digest(CONTENT.decode())) as upload:
        upload.write(CONTENT)
        _keep(parts, token, digest(CONTENT.decode()), upload)
    # The directory of two hex digits is new too, and is to be found in its own.
    assert disk.done == [
        "synchronise file",
        "commit",
        "synchronise directory",
        "rename",
        "synchronise directory",
        "commit",
    ]


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """F12: SQLite's own default in WAL mode would lose the newest commits."""
    database = Database(Settings(data_dir=tmp_path).url)
    with database.write() as session:
        settings = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "journal_mode")
        }
    database.close()
    assert settings == {"synchronous": 2, "journal_mode": "wal"}


def migrate_and_die(url: str, at: int) -> None:
    """The process: SIGKILL before its statement number `at`."""
    database = Database(url)
    statements = 0

    def count_down(*_: Any) -> None:
        nonlocal statements
        statements += 1
        if statements == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count_down)
    migrate(database)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_migration_that_was_killed_is_run_again(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    say: Callable[..., None],
) -> None:
    """F19: again and again on one database, later each time; then once to the end."""
    kills = count("F19", small=1, large=60)
    url = f"sqlite:///{tmp_path / 'tclsearch.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql")("killed_migration")
    done = 0
    for at in range(5, 5 + 7 * kills, 7):
        process = FORKS.Process(target=migrate_and_die, args=(url, at), daemon=True)
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        done += 1
        assert process.exitcode == -signal.SIGKILL
    database = Database(url)
    migrate(database)
    with database.read() as session:
        assert is_current(session)
    database.close()
    say(f"F19 migration killed, {kind}", kills=done, current="yes")
    assert done > 0
