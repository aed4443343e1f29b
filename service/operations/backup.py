"""All that a service knows as one directory, and back: its rows, its artifacts, its files of tokens.

The rows are one snapshot, kept as a SQLite file whatever database they come from; so a backup also
takes a service from SQLite to PostgreSQL. They come first and the artifacts after them: what is
referred to then is not collected within a day, while artifacts copied first would miss those that
the rows of a moment later name.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from service.artifacts.collect import unreferenced
from service.artifacts.directory import DirectoryStore
from service.artifacts.port import ArtifactStore
from service.clock import Clock
from service.db.engine import Database
from service.db.migrate import is_current, is_later, migrate
from service.db.tables import ArtifactRow, Base
from service.errors import Conflict, CorruptArtifact, NotFound, Unprocessable
from service.lifecycle import ArtifactState
from service.queue import ownership

FORMAT = 1
NEVER = datetime.max.replace(tzinfo=UTC)
ROWS = 1000
"""Read and written at once."""
CHUNK = 1024 * 1024
SECRETS = ("admin-token", "dispatcher-token")
_LARGEST = 2**62
"""Bytes of an artifact in a backup: its store has had the say."""

Progress = Callable[[int, int], object]
"""Told how many artifacts are done, of how many."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself.

    at: the time of its snapshot, by the database's clock. rows: of all tables.
    lost: artifacts that something refers to and that could not be had, whose models are gone.
    """

    format: int
    at: str
    rows: int
    artifacts: int
    lost: Sequence[str]


def back_up(
    database: Database,
    store: ArtifactStore,
    clock: Clock,
    data_dir: Path,
    target: Path,
    progress: Progress = lambda done, of: None,
) -> Backup:
    """Write a backup to `target`, which is not there before and is whole once it is.

    Raises:
        Conflict: `target` is there, or the schema is not this version's.
        Unavailable: the database or the artifacts cannot be had.
    """
    if target.exists():
        raise Conflict(f"{target} is there already")
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    with closing(_rows_of(partial)) as kept:
        at, rows = _keep_rows(database, kept, clock)
        with kept.read() as session:
            named = _referred_to(session)
    lost = tuple(_copy_artifacts(store, _artifacts_of(partial), named, progress))
    for name in SECRETS:
        _copy_secret(data_dir / name, partial / name)
    backup = Backup(FORMAT, at.isoformat(), rows, len(named) - len(lost), lost)
    (partial / "backup.json").write_text(json.dumps(asdict(backup), indent=2) + "\n")
    partial.rename(target)
    return backup


def restore(
    source: Path,
    database: Database,
    store: ArtifactStore,
    clock: Clock,
    data_dir: Path,
    progress: Progress = lambda done, of: None,
) -> Backup:
    """Fill an empty service with a backup of this version or an earlier one.

    Runners that were at work when the backup was made, or have begun since, can write nothing: their
    jobs are taken from them, and go on from what the backup knows as after a rescue.

    Raises:
        Conflict: the database holds something already.
        Unprocessable: `source` is no whole backup that this version can read.
        Unavailable: the database or the artifacts cannot be written.
    """
    backup = _said_of(source)
    # A copy: an earlier version's rows are migrated, and the backup stays what it is.
    work = source / "restoring"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        shutil.copy2(source / "rows.db", work / "rows.db")
        with closing(_rows_of(work)) as kept:
            with kept.read() as session:
                named = _referred_to(session)
            migrate(database)
            with database.read() as session:
                _require_empty(session)
            # First what is referred to: rows without their files would be offered to everybody.
            tuple(_copy_artifacts(_artifacts_of(source), store, named, progress))
            _restore_rows(kept, database, clock)
    finally:
        shutil.rmtree(work)
    for name in SECRETS:
        if not (data_dir / name).exists():
            _copy_secret(source / name, data_dir / name)
    return backup


def _said_of(source: Path) -> Backup:
    try:
        said = json.loads((source / "backup.json").read_text())
    except (OSError, ValueError) as error:
        raise Unprocessable(f"{source} is no whole backup: {error}") from None
    if said.get("format") != FORMAT:
        raise Unprocessable(f"{source} was made by a version that writes another format")
    return Backup(**said)


def _rows_of(directory: Path) -> Database:
    """The rows of a backup, in this version's schema."""
    database = Database(f"sqlite:///{directory / 'rows.db'}")
    try:
        migrate(database)
    except Conflict:
        database.close()
        raise Unprocessable("the backup was made by a later version of the service") from None
    return database


def _artifacts_of(directory: Path) -> ArtifactStore:
    return DirectoryStore(directory / "artifacts", _LARGEST)


def _keep_rows(database: Database, kept: Database, clock: Clock) -> tuple[datetime, int]:
    """Copy all rows as of one moment; the moment, and how many there are."""
    with database.read() as source, kept.write() as target:
        if is_later(source):
            raise Conflict("the database is of a later version: make the backup with that one")
        if not is_current(source):
            raise Conflict("the database is of another version: `tclsearch migrate` brings it up")
        return clock.now(source), _copy_rows(source, target)


def _restore_rows(kept: Database, database: Database, clock: Clock) -> None:
    with kept.read() as source, database.write() as target:
        _require_empty(target)
        _copy_rows(source, target)
        ownership.recall(target, clock.now(target))
        # Their files were not kept, and nothing names them.
        target.execute(delete(ArtifactRow).where(ArtifactRow.sha256.in_(unreferenced(NEVER))))


def _require_empty(session: Session) -> None:
    for table in Base.metadata.sorted_tables:
        if session.execute(select(table).limit(1)).first() is not None:
            raise Conflict(f"the database is not empty: there are {table.name}")


def _copy_rows(source: Session, target: Session) -> int:
    return sum(
        len(batch)
        for table in Base.metadata.sorted_tables
        for batch in _batches(source, table)
        if target.execute(insert(table), batch) is not None
    )


def _batches(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = session.execute(select(table).execution_options(yield_per=ROWS))
    for batch in found.mappings().partitions():
        yield [dict(row) for row in batch]


def _referred_to(session: Session) -> Sequence[str]:
    """Artifacts in place that something names, now or at any later time."""
    stored = select(ArtifactRow.sha256).where(ArtifactRow.state == ArtifactState.STORED)
    named = stored.where(ArtifactRow.sha256.not_in(unreferenced(NEVER)))
    return session.scalars(named.order_by(ArtifactRow.sha256)).all()


def _copy_artifacts(
    source: ArtifactStore, target: ArtifactStore, named: Sequence[str], progress: Progress
) -> Iterator[str]:
    """Yields those that cannot be had; one that has changed is one of them."""
    for done, sha256 in enumerate(named):
        progress(done, len(named))
        try:
            with source.open(sha256) as content, target.upload(sha256) as upload:
                while chunk := content.read(CHUNK):
                    upload.write(chunk)
                upload.seal()
                upload.keep()
        except (NotFound, CorruptArtifact):
            yield sha256
    progress(len(named), len(named))


def _copy_secret(source: Path, target: Path) -> None:
    if not source.exists():
        return
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(source.read_text())
