"""Checkpoint bytes, named by their SHA-256: stored whole or not at all, checked when read."""

import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from service.errors import (
    CorruptArtifact,
    NotFound,
    StorageFull,
    TooLarge,
    Unavailable,
    Unprocessable,
)

logger = logging.getLogger(__name__)

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Upload(Protocol):
    """Bytes on their way in, visible to nobody before `keep`."""

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge beyond the store's limit."""
        ...

    def seal(self, sha256: str) -> int:
        """End the bytes and make them durable; their number.

        Raises:
            Unprocessable: there are none, or they do not hash to `sha256`.
        """
        ...

    def keep(self) -> None:
        """Make the sealed bytes visible under their hash, replacing what is there."""
        ...


class ArtifactStore(Protocol):
    """Where artifacts live."""

    def upload(self) -> AbstractContextManager[Upload]:
        """Room for new bytes; what is not kept by the end is gone.

        Raises:
            StorageFull: there is no room.
            Unavailable: the storage cannot be written now.
        """
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes from their start, once found to be what was stored.

        Raises:
            NotFound: there are none of that name.
            CorruptArtifact: they have changed since they were stored.
            Unavailable: the storage cannot be read now.
        """
        ...

    def delete(self, sha256: str) -> None:
        """Remove the bytes, where they are there."""
        ...

    def names(self, before: datetime) -> Iterator[str]:
        """Hashes of what was stored before a time."""
        ...

    def abandon(self, before: datetime) -> None:
        """Remove what crashed uploads left behind before a time."""
        ...


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
    def upload(self) -> Iterator[Upload]:
        with _available():
            self._incoming.mkdir(parents=True, exist_ok=True)
            upload = _FileUpload(self, self._incoming / secrets.token_hex(16), self._max_bytes)
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

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def names(self, before: datetime) -> Iterator[str]:
        files = self._root.glob("sha256/??/*")
        return (file.name for file in files if _modified(file) < before)

    def abandon(self, before: datetime) -> None:
        for file in self._incoming.glob("*"):
            if _modified(file) < before:
                file.unlink(missing_ok=True)


class _FileUpload:
    def __init__(self, store: DirectoryStore, path: Path, max_bytes: int) -> None:
        self._store = store
        self._path = path
        self._left = max_bytes
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._sha256 = ""

    def write(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLarge("the artifact is larger than this service stores")
        self._hash.update(chunk)
        self._file.write(chunk)

    def seal(self, sha256: str) -> int:
        size = self._file.tell()
        if size == 0 or self._hash.hexdigest() != sha256:
            raise Unprocessable("the bytes do not hash to their name", code="digest_mismatch")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._sha256 = sha256
        return size

    def keep(self) -> None:
        place = self._store.path(self._sha256)
        if not place.parent.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _synchronise(place.parent.parent)
        self._path.replace(place)
        _synchronise(place.parent)

    def discard(self) -> None:
        # On a full disk closing fails too, for what was still to be written.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


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
