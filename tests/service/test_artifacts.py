"""What every artifact store does, in a directory and in a bucket of a real server."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.artifacts.directory import DirectoryStore
from service.artifacts.port import ArtifactStore
from service.errors import CorruptArtifact, NotFound, TooLarge, Unprocessable
from tests.factories import digest
from tests.shelves import PART_BYTES, Shelf, new_shelf

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SOON = datetime(2100, 1, 1, tzinfo=UTC)

SMALL = "abcdef"
LARGE = "x" * (2 * PART_BYTES) + "and more"
"""On S3 it comes in parts."""


@pytest.fixture(params=["directory", "s3"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return new_shelf(request, tmp_path)(len(LARGE))


def put(store: ArtifactStore, text: str, name: str | None = None) -> str:
    sha256 = name or digest(text)
    with store.upload(sha256) as upload:
        upload.write(text[:5].encode())
        upload.write(text[5:].encode())
        upload.seal()
        upload.keep()
    return sha256


def read(store: ArtifactStore, sha256: str) -> str:
    with store.open(sha256) as file:
        return file.read().decode()


def crash_before_keeping(store: ArtifactStore, text: str) -> None:
    with store.upload(digest(text)) as upload:
        upload.write(text.encode())
        upload.seal()
        raise KeyboardInterrupt


@pytest.mark.parametrize("text", [SMALL, LARGE], ids=["small", "large"])
def test_bytes_come_back_as_they_were(shelf: Shelf, text: str) -> None:
    sha256 = put(shelf.store, text)
    assert read(shelf.store, sha256) == text
    assert shelf.held() == {sha256: text.encode()}
    # Once more, and they are still there once.
    put(shelf.store, text)
    assert shelf.held() == {sha256: text.encode()}


@pytest.mark.parametrize(
    ("text", "name"),
    [("abc", digest("abd")), ("", digest("")), (LARGE, digest("abc"))],
    ids=["small", "none", "large"],
)
def test_bytes_of_another_name_and_no_bytes_are_refused(
    shelf: Shelf, text: str, name: str
) -> None:
    with pytest.raises(Unprocessable) as refusal:
        put(shelf.store, text, name)
    assert refusal.value.code == "digest_mismatch"
    assert shelf.held() == {}


def test_too_many_bytes_are_refused(shelf: Shelf) -> None:
    with pytest.raises(TooLarge):
        put(shelf.store, LARGE + "!")
    assert shelf.held() == {}


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        (SMALL, "abcdeF"),
        (SMALL, SMALL[:-1]),
        (SMALL, SMALL + "g"),
        (SMALL, ""),
        (LARGE, LARGE[:-1]),
        (LARGE, LARGE + "!"),
    ],
    ids=["altered", "cut", "longer", "empty", "large and cut", "large and longer"],
)
def test_damage_is_an_error_before_the_first_byte_goes_out(
    shelf: Shelf, text: str, damaged: str
) -> None:
    sha256 = put(shelf.store, text)
    shelf.alter(sha256, damaged.encode())
    with pytest.raises(CorruptArtifact):
        shelf.store.open(sha256)
    # Uploading the bytes anew heals it.
    put(shelf.store, text)
    assert read(shelf.store, sha256) == text


@pytest.mark.parametrize("text", [SMALL, LARGE], ids=["small", "large"])
def test_a_crash_before_the_end_leaves_nothing(shelf: Shelf, text: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        crash_before_keeping(shelf.store, text)
    assert shelf.held() == {}
    with pytest.raises(NotFound):
        shelf.store.open(digest(text))


def test_what_a_crashed_machine_left_behind_is_no_artifact_and_is_removed(shelf: Shelf) -> None:
    sha256 = put(shelf.store, SMALL)
    shelf.leave_behind()
    assert len(shelf.held()) == 2
    assert list(shelf.store.names(SOON)) == [sha256]
    shelf.store.abandon(LONG_AGO)
    assert len(shelf.held()) == 2
    shelf.store.abandon(SOON)
    assert shelf.held().keys() == {sha256}


def test_what_is_deleted_is_gone(shelf: Shelf) -> None:
    sha256 = put(shelf.store, SMALL)
    assert list(shelf.store.names(SOON)) == [sha256]
    assert list(shelf.store.names(LONG_AGO)) == []
    shelf.store.delete(sha256)
    shelf.store.delete(sha256)
    with pytest.raises(NotFound):
        shelf.store.open(sha256)


def test_a_directory_gives_no_links(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path, max_bytes=10)
    assert store.link(put(store, "abc"), "abc.bin") is None


def test_what_was_renamed_away_is_not_old(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path, max_bytes=10)
    os.utime(store.path(put(store, "abc")), (0, 0))
    assert list(store.names(LONG_AGO)) == [digest("abc")]
