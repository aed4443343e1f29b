from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.artifacts import DirectoryStore
from service.errors import CorruptArtifact, NotFound, TooLarge, Unprocessable
from tests.factories import digest

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SOON = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path, max_bytes=10)


def put(store: DirectoryStore, text: str, name: str | None = None) -> str:
    sha256 = name or digest(text)
    with store.upload() as upload:
        upload.write(text[:5].encode())
        upload.write(text[5:].encode())
        upload.seal(sha256)
        upload.keep()
    return sha256


def crash_before_rename(store: DirectoryStore, text: str) -> None:
    with store.upload() as upload:
        upload.write(text.encode())
        upload.seal(digest(text))
        raise KeyboardInterrupt


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_bytes_come_back_as_they_were(store: DirectoryStore, tmp_path: Path) -> None:
    sha256 = put(store, "abcdef")
    with store.open(sha256) as file:
        assert file.read() == b"abcdef"
    assert files(tmp_path) == [tmp_path / "sha256" / sha256[:2] / sha256]


@pytest.mark.parametrize(("text", "name"), [("abc", digest("abd")), ("", digest(""))])
def test_bytes_of_another_name_and_no_bytes_are_refused(
    store: DirectoryStore, tmp_path: Path, text: str, name: str
) -> None:
    with pytest.raises(Unprocessable) as refusal:
        put(store, text, name)
    assert refusal.value.code == "digest_mismatch"
    assert files(tmp_path) == []


def test_too_many_bytes_are_refused(store: DirectoryStore, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        put(store, "12345678901")
    assert files(tmp_path) == []
    put(store, "1234567890")


def test_a_flipped_byte_is_an_error_before_the_first_byte_goes_out(
    store: DirectoryStore,
) -> None:
    sha256 = put(store, "abcdef")
    path = store.path(sha256)
    path.write_bytes(b"abcdeF")
    with pytest.raises(CorruptArtifact):
        store.open(sha256)
    # Uploading the bytes anew heals it.
    put(store, "abcdef")
    store.open(sha256).close()


def test_a_crash_before_the_rename_leaves_nothing_visible(
    store: DirectoryStore, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        crash_before_rename(store, "abc")
    assert files(tmp_path) == []
    with pytest.raises(NotFound):
        store.open(digest("abc"))


def test_what_a_crashed_machine_left_behind_is_no_artifact_and_is_removed(
    store: DirectoryStore, tmp_path: Path
) -> None:
    put(store, "abc")
    left = tmp_path / "incoming" / "left"
    left.write_bytes(b"ab")
    assert list(store.names(SOON)) == [digest("abc")]
    store.abandon(LONG_AGO)
    assert left.exists()
    store.abandon(SOON)
    assert files(tmp_path) == [store.path(digest("abc"))]


def test_what_is_deleted_is_gone(store: DirectoryStore) -> None:
    sha256 = put(store, "abc")
    assert list(store.names(SOON)) == [sha256]
    assert list(store.names(LONG_AGO)) == []
    store.delete(sha256)
    store.delete(sha256)
    with pytest.raises(NotFound):
        store.open(sha256)
