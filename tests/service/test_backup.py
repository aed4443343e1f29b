"""A service in a directory, and back, between both kinds of database."""

import stat
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from service.artifacts.directory import DirectoryStore
from service.db.engine import Database
from service.db.migrate import migrate
from service.errors import Conflict, NotFound, StaleEpoch, Unprocessable
from service.jobs import commands
from service.lifecycle import JobReason, JobState, TrialReason
from service.operations.backup import NEVER, back_up, restore
from service.settings import Settings
from tests.factories import model, report, reserve, start, stop
from tests.service.plane import Plane

names = (f"restored_{number}" for number in count())


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql: Callable[[str], str]
) -> Iterator[Plane]:
    """An empty service."""
    sqlite = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    database = Database(sqlite if request.param == "sqlite" else postgresql(next(names)))
    yield Plane(database, Settings(data_dir=tmp_path / "elsewhere"))
    database.close()


def saved(plane: Plane, target: Path) -> Any:
    return back_up(plane.database, plane.store, plane.clock, plane.settings.data_dir, target)


def restored(plane: Plane, source: Path) -> Any:
    plane.settings.data_dir.mkdir(exist_ok=True)
    return restore(source, plane.database, plane.store, plane.clock, plane.settings.data_dir)


def test_a_restored_service_knows_all_that_it_knew(
    plane: Plane, elsewhere: Plane, tmp_path: Path
) -> None:
    on_front, suspended = plane.artifact("front"), plane.artifact("suspended")
    token = plane.running(name="under way")
    plane.record(token, reserve(0), start(0), stop(0, model(on_front, accuracy=0.9)))
    plane.record(token, reserve(1), start(1), report(1, 1, checkpoint=suspended))
    waiting = plane.post(name="waiting")
    (plane.settings.data_dir / "admin-token").write_text("tcl_secret\n")
    before, told = plane.rows(), []
    made = back_up(
        plane.database,
        plane.store,
        plane.clock,
        plane.settings.data_dir,
        tmp_path / "kept",
        lambda done, of: told.append((done, of)),
    )
    assert (made.artifacts, made.lost, told[-1]) == (2, (), (2, 2))
    assert made.rows == sum(map(len, before.values()))
    # Later than the backup, and so not in it.
    plane.record(token, stop(1, model(plane.artifact("later"), accuracy=0.95)))
    restored(elsewhere, tmp_path / "kept")
    after = elsewhere.rows()
    moved = {"jobs", "events", "trials"}
    assert {name: rows for name, rows in after.items() if name not in moved} == {
        name: rows for name, rows in before.items() if name not in moved
    }
    assert after["trials"][0] == before["trials"][0]
    assert elsewhere.job(waiting).spec == plane.job(waiting).spec
    for sha256, text in ((on_front, b"front"), (suspended, b"suspended")):
        with elsewhere.store.open(sha256) as stored:
            assert stored.read() == text
    kept_token = elsewhere.settings.data_dir / "admin-token"
    assert kept_token.read_text() == "tcl_secret\n"
    assert stat.S_IMODE(kept_token.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_no_runner_from_before_writes_and_its_job_goes_on(
    plane: Plane, elsewhere: Plane, tmp_path: Path
) -> None:
    early = plane.running()
    plane.record(early, reserve(0), start(0))
    saved(plane, tmp_path / "kept")
    plane.lost(early)
    late = plane.claimed()
    plane.hello(late)
    restored(elsewhere, tmp_path / "kept")
    for token in (early, late):
        with pytest.raises(StaleEpoch):
            elsewhere.record(token, stop(0, model("0" * 64, accuracy=0.5)))
        with pytest.raises(StaleEpoch):
            elsewhere.renew(token)
    assert elsewhere.job(early.job_id).state == JobState.QUEUED
    # It was nobody's fault.
    assert elsewhere.job(early.job_id).crashes == 0
    again = elsewhere.claimed()
    assert again.job_id == early.job_id
    elsewhere.hello(again)
    elsewhere.record(again, start(0, 2), stop(0, reason=TrialReason.EXCEPTION, attempt=2))
    elsewhere.finish(again, JobReason.BUDGET_SPENT)
    assert elsewhere.job(early.job_id).state == JobState.SUCCEEDED


def test_what_waits_and_what_has_ended_stays_so(
    plane: Plane, elsewhere: Plane, tmp_path: Path
) -> None:
    ended = plane.running()
    plane.finish(ended, JobReason.BUDGET_SPENT)
    paused, queued = plane.post(), plane.post()
    with plane.database.write() as session:
        commands.pause(session, commands.lock_job(session, paused), plane.clock.time)
    saved(plane, tmp_path / "kept")
    restored(elsewhere, tmp_path / "kept")
    states = [elsewhere.job(job_id).state for job_id in (ended.job_id, paused, queued)]
    assert states == [JobState.SUCCEEDED, JobState.PAUSED, JobState.QUEUED]


def test_damaged_and_missing_artifacts_are_told_and_the_rest_is_kept(
    plane: Plane, tmp_path: Path
) -> None:
    whole, damaged, missing = (plane.artifact(text) for text in ("whole", "damaged", "missing"))
    token = plane.running()
    for number, sha256 in enumerate((whole, damaged, missing)):
        accuracy = 0.5 + number / 10
        trial = stop(number, model(sha256, accuracy=accuracy))
        plane.record(token, reserve(number), start(number), trial)
    plane.store.path(damaged).write_bytes(b"other bytes")
    plane.store.delete(missing)
    made = saved(plane, tmp_path / "kept")
    assert (made.artifacts, sorted(made.lost)) == (1, sorted((damaged, missing)))
    kept = DirectoryStore(tmp_path / "kept" / "artifacts", 1000)
    kept.open(whole).close()


def test_bytes_that_nothing_names_are_left_out_and_not_promised(
    plane: Plane, elsewhere: Plane, tmp_path: Path
) -> None:
    nameless = plane.artifact("nameless")
    assert saved(plane, tmp_path / "kept").artifacts == 0
    restored(elsewhere, tmp_path / "kept")
    assert elsewhere.rows()["artifacts"] == []
    with pytest.raises(NotFound):
        elsewhere.store.open(nameless)


def test_what_is_there_is_not_overwritten(plane: Plane, elsewhere: Plane, tmp_path: Path) -> None:
    token = plane.running()
    trial = stop(0, model(plane.artifact(), accuracy=0.5))
    plane.record(token, reserve(0), start(0), trial)
    saved(plane, tmp_path / "kept")
    with pytest.raises(Conflict, match="is there already"):
        saved(plane, tmp_path / "kept")
    migrate(elsewhere.database)
    elsewhere.team("theirs")
    with pytest.raises(Conflict, match="not empty"):
        restored(elsewhere, tmp_path / "kept")
    assert [row.name for row in elsewhere.rows()["teams"]] == ["theirs"]
    assert list(elsewhere.store.names(NEVER)) == []


def test_half_a_backup_is_refused(elsewhere: Plane, plane: Plane, tmp_path: Path) -> None:
    saved(plane, tmp_path / "kept")
    (tmp_path / "kept" / "backup.json").unlink()
    with pytest.raises(Unprocessable, match="no whole backup"):
        restored(elsewhere, tmp_path / "kept")


def test_an_older_schema_is_not_backed_up_as_if_it_were_todays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    plane = Plane(database, Settings(data_dir=tmp_path))
    with pytest.raises(Conflict, match="tclsearch migrate"):
        saved(plane, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    database.close()
