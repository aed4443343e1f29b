"""Uploads and collections of the same bytes, crossing at every point."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.artifacts import deposit
from service.artifacts.collect import collect
from service.artifacts.directory import DirectoryStore
from service.errors import Conflict, Unavailable
from tests.factories import digest, model, reserve, start, stop
from tests.s3_server import S3Server
from tests.service.plane import Plane
from tests.shelves import S3Shelf

LATER = datetime.now(UTC) + timedelta(days=9)


class Crossed(DirectoryStore):
    """Something happens just before bytes are deleted."""

    def __init__(self, plane: Plane) -> None:
        super().__init__(plane.settings.data_dir / "artifacts", max_bytes=1000)
        self.plane = plane
        self.refused = 0

    def delete(self, sha256: str) -> None:
        with pytest.raises(Unavailable) as refusal:
            self.plane.artifact("old")
        assert refusal.value.retry_after == 1
        # Before any of them is in place again.
        assert refusal.value.detail == "the same bytes are being deleted"
        self.refused += 1
        super().delete(sha256)


def test_bytes_that_are_being_deleted_cannot_come_in(plane: Plane) -> None:
    sha256 = plane.artifact("old")
    crossed = Crossed(plane)
    assert sum(collect(plane.database, crossed, LATER)) == 1
    assert crossed.refused == 1
    plane.artifact("old")
    plane.store.open(sha256).close()


class Dying(DirectoryStore):
    def delete(self, sha256: str) -> None:
        raise KeyboardInterrupt


def test_a_collection_that_died_is_ended_by_the_next(plane: Plane) -> None:
    sha256 = plane.artifact("old")
    token = plane.running()
    with pytest.raises(KeyboardInterrupt):
        sum(collect(plane.database, Dying(Path(plane.settings.data_dir), 1000), LATER))
    with pytest.raises(Conflict) as refusal:
        plane.record(token, reserve(0), start(0), stop(0, model(sha256, accuracy=0.9)))
    assert refusal.value.code == "artifact_missing"
    assert sum(collect(plane.database, plane.store, LATER)) == 1
    assert plane.rows()["artifacts"] == []


def test_what_is_only_announced_cannot_be_referred_to(plane: Plane) -> None:
    token = plane.running()
    with plane.database.write() as session:
        deposit.announce(session, digest("weights"), plane.clock.time)
    with pytest.raises(Conflict) as refusal:
        plane.record(token, reserve(0), start(0), stop(0, model(digest("weights"), accuracy=0.9)))
    assert refusal.value.code == "artifact_missing"
    plane.artifact()
    plane.record(token, reserve(0), start(0), stop(0, model(digest("weights"), accuracy=0.9)))


def test_what_was_announced_lately_is_not_collected(plane: Plane) -> None:
    plane.artifact("old")
    old = plane.clock.time
    plane.clock.advance(10)
    with plane.database.write() as session:
        deposit.announce(session, digest("old"), plane.clock.time)
    before = old + timedelta(seconds=1)
    assert sum(collect(plane.database, plane.store, before)) == 0
    plane.store.open(digest("old")).close()


@pytest.mark.parametrize("database", ["on_sqlite"], indirect=True)
def test_a_bucket_is_collected_too(plane: Plane, s3: S3Server) -> None:
    shelf = S3Shelf(s3, max_bytes=1000)
    with shelf.store.upload(digest("rowless")) as upload:
        upload.write(b"rowless")
        upload.seal()
        upload.keep()
    shelf.leave_behind()
    assert sum(collect(plane.database, shelf.store, datetime(2000, 1, 1, tzinfo=UTC))) == 0
    assert len(shelf.held()) == 2
    assert sum(collect(plane.database, shelf.store, LATER)) == 1
    assert shelf.held() == {}
