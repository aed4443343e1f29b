"""Artifacts in a local directory: stored whole or not at all, checked when read."""

import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from service.artifacts.intake import Intake
from service.artifacts.port import Upload
from service.errors import CorruptArtifact, NotFound, StorageFull, Unavailable

logger = logging.getLogger(__name__)

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class DirectoryStore:
    """Artifacts in one local directory: `sha256/ab/abcd…`.

    Bytes are written under `incoming`, synchronised to disk and renamed into place: a crash
    leaves all of them under their name or nothing. A reader gets the first byte only after the
    whole file has been hashed, so that changed bytes become an error and never an answer;
    artifacts are small enough for that.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._max_bytes = max_bytes

    @contextmanager
    def upload(self, sha256: str) -> Iterator[Upload]:
        with _available():
            self._incoming.mkdir(parents=True, exist_ok=True)
            temporary = self._incoming / secrets.token_hex(16)
            upload = _FileUpload(temporary, self.path(sha256), Intake(sha256, self._max_bytes))
            try:
                yield upload
            finally:
                upload.discard()

    def path(self, sha256: str) -> Path:
        return self._root / "sha256" / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        with _available():
            try:
                file = self.path(sha256).open("rb")
            except FileNotFoundError:
                raise NotFound("there is no such artifact") from None
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                file.close()
                raise CorruptArtifact(f"the stored bytes of {sha256} have changed")
            file.seek(0)
            return file

    def link(self, sha256: str, filename: str) -> str | None:
        return None

    def delete(self, sha256: str) -> None:
        with _available():
            self.path(sha256).unlink(missing_ok=True)

    def names(self, before: datetime) -> Iterator[str]:
        files = self._root.glob("sha256/??/*")
        return (file.name for file in files if _modified(file) < before)

    def abandon(self, before: datetime) -> None:
        for file in self._incoming.glob("*"):
            if _modified(file) < before:
                file.unlink(missing_ok=True)

    def close(self) -> None:
        pass


class _FileUpload:
    def __init__(self, temporary: Path, place: Path, intake: Intake) -> None:
        self._temporary = temporary
        self._place = place
        self._intake = intake
        self._file = temporary.open("xb")

    def write(self, chunk: bytes) -> None:
        self._intake.take(chunk)
        self._file.write(chunk)

    def seal(self) -> int:
        self._intake.require_whole()
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._intake.size

    def keep(self) -> None:
        directory = self._place.parent
        if not directory.exists():
            directory.mkdir(parents=True, exist_ok=True)
            _synchronise(directory.parent)
        self._temporary.replace(self._place)
        _synchronise(directory)

    def discard(self) -> None:
        # On a full disk closing fails too, for what was still to be written.
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.warning("artifact storage: %s", error)
        if error.errno in NO_ROOM:
            raise StorageFull("the disk of the artifacts is full") from error
        raise Unavailable("the artifact storage is not available") from error


def _synchronise(directory: Path) -> None:
    """Make the directory's names survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _modified(file: Path) -> datetime:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        # Renamed or removed since it was listed: not old.
        return datetime.max.replace(tzinfo=UTC)
