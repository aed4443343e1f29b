import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.artifacts import collect as collecting
from service.artifacts.collect import collect
from service.artifacts.directory import DirectoryStore
from service.artifacts.weights import hold_weights
from service.db.tables import JobRow, WeightsRow
from service.db.upsert import upsert
from service.errors import NotFound, Unavailable, Unprocessable
from service.lifecycle import TrialReason
from tests.factories import digest, model, report, reserve, start, stop
from tests.service.plane import Plane

LATER = datetime.now(UTC) + timedelta(days=9)


def crashed_upload(plane: Plane, text: str) -> str:
    """Bytes in place whose row was never committed."""
    with plane.store.upload(digest(text)) as upload:
        upload.write(text.encode())
        upload.seal()
        upload.keep()
    return digest(text)


def collected(plane: Plane, before: datetime) -> int:
    return sum(collect(plane.database, plane.store, before))


def test_only_what_nothing_names_is_collected(plane: Plane) -> None:
    stored_at = plane.clock.time
    on_front, dominated, resumable, of_ended, unnamed = (
        plane.artifact(text) for text in ("front", "dominated", "resumable", "ended", "unnamed")
    )
    token = plane.running()
    plane.record(token, reserve(0), start(0), stop(0, model(on_front, accuracy=0.9)))
    plane.record(token, reserve(1), start(1), stop(1, model(dominated, accuracy=0.1)))
    plane.record(token, reserve(2), start(2), report(2, 1, checkpoint=resumable))
    plane.record(token, stop(2, reason=TrialReason.PAUSED))
    plane.record(token, reserve(3), start(3), report(3, 1, checkpoint=of_ended))
    plane.record(token, stop(3, reason=TrialReason.EXCEPTION))
    assert collected(plane, stored_at) == 0
    assert collected(plane, stored_at + timedelta(seconds=1)) == 2
    for kept in (on_front, dominated, resumable):
        plane.store.open(kept).close()
    for gone in (of_ended, unnamed):
        with pytest.raises(NotFound):
            plane.store.open(gone)
    assert {row.sha256 for row in plane.rows()["artifacts"]} == {on_front, dominated, resumable}


def test_many_are_collected_in_several_transactions(plane: Plane) -> None:
    for number in range(101):
        plane.artifact(f"artifact {number}")
    assert list(collect(plane.database, plane.store, LATER)) == [100, 1]
    assert plane.rows()["artifacts"] == []


class StuckStore(DirectoryStore):
    """Some artifacts of it cannot be deleted."""

    stuck: frozenset[str] = frozenset()

    def delete(self, sha256: str) -> None:
        if sha256 in self.stuck:
            raise Unavailable("it is stuck")
        super().delete(sha256)


def test_what_cannot_be_deleted_holds_up_nothing(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.artifacts.collect.BATCH", 2)
    names = sorted(plane.artifact(f"artifact {number}") for number in range(6))
    store = StuckStore(plane.settings.data_dir / "artifacts", max_bytes=1000)
    store.stuck = frozenset(names[:3])
    assert list(collect(plane.database, store, LATER)) == [0, 1, 2]
    assert {row.sha256 for row in plane.rows()["artifacts"]} == store.stuck, "row and bytes stay"
    store.stuck = frozenset()
    assert list(collect(plane.database, store, LATER)) == [2, 1]


def test_bytes_that_come_in_again_are_kept(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload crashed between bytes and row; its retry comes while they are collected."""
    rowless = crashed_upload(plane, "again")
    os.utime(plane.store.path(rowless), (0, 0))

    def meanwhile(*arguments: Any) -> None:
        plane.artifact("again")
        upsert(*arguments)

    monkeypatch.setattr(collecting, "upsert", meanwhile)
    assert collected(plane, plane.clock.time - timedelta(days=1)) == 0
    plane.store.open(rowless).close()
    assert [row.size for row in plane.rows()["artifacts"]] == [len("again")]


def test_what_is_named_again_while_it_is_collected_is_kept(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old artifact becomes a model's between the search for candidates and their deletion."""
    old = plane.artifact("old")
    token = plane.running()
    found = collecting._candidates

    def candidates(*arguments: Any) -> Sequence[str]:
        batch = found(*arguments)
        if batch:
            plane.record(token, reserve(0), start(0), stop(0, model(old, accuracy=0.9)))
        return batch

    monkeypatch.setattr(collecting, "_candidates", candidates)
    assert collected(plane, LATER) == 0
    plane.store.open(old).close()


def test_bytes_whose_upload_crashed_before_their_row_are_collected(plane: Plane) -> None:
    named = plane.artifact("named")
    rowless = crashed_upload(plane, "rowless")
    token = plane.running()
    plane.record(token, reserve(0), start(0), stop(0, model(named, accuracy=0.9)))
    assert collected(plane, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert collected(plane, datetime.now(UTC) + timedelta(days=1)) == 1
    plane.store.open(named).close()
    with pytest.raises(NotFound):
        plane.store.open(rowless)


def test_weights_are_kept_while_a_job_begins_with_them(plane: Plane) -> None:
    used, unused = (plane.artifact(text) for text in ("weights in use", "weights of nobody"))
    token = plane.running()
    with plane.database.write() as session:
        session.get_one(JobRow, token.job_id).weights = used
        for sha256 in (used, unused):
            brought = {"team": "default", "sha256": sha256, "size": 9, "created_at": LATER}
            session.add(WeightsRow(**brought))
    assert collected(plane, LATER) == 1
    plane.store.open(used).close()
    with plane.database.write() as session:
        assert [row.sha256 for row in session.scalars(select(WeightsRow))] == [used]
        assert hold_weights(session, used) == len("weights in use")
        with pytest.raises(Unprocessable, match="not stored here any more"):
            hold_weights(session, unused)
