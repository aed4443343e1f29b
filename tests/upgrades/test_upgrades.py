"""A service is upgraded with all that it has: rows, replies, models, tokens, and jobs under way."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from searchspace.spec import JobSpec
from service.artifacts.directory import DirectoryStore
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import configured, migrate
from service.operations.backup import FORMAT, Backup, restore
from tclsearch.verify import reevaluate
from tests.api.served import Dispatcher, Served, serving
from tests.service.test_migrations import schema
from tests.upgrades.kept_versions import REVISIONS, KeptVersion, rows_of

MADE_ANEW = {"measurements"}
"""Tables whose rows a migration drops on purpose."""
OF_THE_MOMENT = {"use"}
"""Fields of replies that tell what there is while somebody asks."""

Leave = Callable[[KeptVersion, str, Path], str]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=REVISIONS, scope="module")
def version(request: pytest.FixtureRequest) -> KeptVersion:
    return KeptVersion(request.param)


@pytest.fixture(scope="module")
def leave(postgresql: Callable[[str], str]) -> Leave:
    """Makes a version's database, of a kind, and gives its URL."""
    numbers = count()

    def left(version: KeptVersion, kind: str, folder: Path) -> str:
        if kind == "sqlite":
            version.write_sqlite(folder / "tclsearch.db")
            return f"sqlite:///{folder / 'tclsearch.db'}"
        url = postgresql(f"kept_{next(numbers)}")
        with closing(Database(url)) as database:
            version.write_postgresql(database, folder / "scratch.db")
        return url

    return left


@pytest.fixture(scope="module")
def upgraded(
    version: KeptVersion, kind: str, leave: Leave, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Today's service on what the version left."""
    data_dir = tmp_path_factory.mktemp("upgraded")
    version.write_files(data_dir)
    with serving(data_dir, leave(version, kind, data_dir)) as served:
        yield served


@pytest.mark.parametrize("revision", REVISIONS)
def test_migrations_are_as_they_were_when_databases_were_made_with_them(
    revision: str, tmp_path: Path
) -> None:
    KeptVersion(revision).write_sqlite(tmp_path / "kept.db")
    with (
        closing(Database(f"sqlite:///{tmp_path / 'kept.db'}")) as kept,
        closing(Database(f"sqlite:///{tmp_path / 'made.db'}")) as made,
    ):
        with made.write() as session:
            command.upgrade(configured(session), revision)
        assert schema(kept) == schema(made)


def test_every_row_is_still_there(
    version: KeptVersion, kind: str, leave: Leave, tmp_path: Path
) -> None:
    with closing(Database(leave(version, kind, tmp_path))) as database:
        before = rows_of(database)
        migrate(database)
        after = rows_of(database)
    assert before["trials"]
    for table in before.keys() - MADE_ANEW:
        assert len(after[table]) == len(before[table])
        for old, new in zip(before[table], after[table], strict=True):
            assert {name: new[name] for name in old} == old


def test_what_the_version_answered_is_answered_still(
    upgraded: Served, version: KeptVersion
) -> None:
    client = upgraded.client(version.said["tokens"]["admin"])
    for path, said in version.said["replies"].items():
        reply = client.get(path)
        assert (reply.status_code, path) == (200, path)
        assert said_less(said, reply.json()) == [], path


def said_less(old: Any, new: Any, pointer: str = "") -> list[str]:
    """Where a reply does not say what an earlier one said; it may say more."""
    if isinstance(old, dict) and isinstance(new, dict):
        gone = [f"{pointer}/{name}" for name in old.keys() - new.keys()]
        kept = sorted((old.keys() & new.keys()) - OF_THE_MOMENT)
        return gone + [
            less for name in kept for less in said_less(old[name], new[name], f"{pointer}/{name}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            less
            for index, (one, other) in enumerate(zip(old, new, strict=True))
            for less in said_less(one, other, f"{pointer}/{index}")
        ]
    return [] if old == new else [pointer]


def test_its_models_are_downloaded(upgraded: Served, version: KeptVersion) -> None:
    client = upgraded.client(version.said["tokens"]["admin"])
    models = client.get(f"/jobs/{version.said['ended']}/front").json()["models"]
    assert models
    for model in models:
        link = model["checkpoint"]
        content = client.get(f"{upgraded.url}{link['url']}").raise_for_status().content
        assert hashlib.sha256(content).hexdigest() == link["sha256"]
        assert len(content) == link["size"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_its_models_score_what_was_recorded(revision: str, tmp_path: Path) -> None:
    version = KeptVersion(revision)
    version.write_files(tmp_path)
    ended = f"/jobs/{version.said['ended']}"
    spec = JobSpec.parse(version.said["replies"][ended]["spec"])
    for model in version.said["replies"][f"{ended}/front"]["models"]:
        sha256 = model["checkpoint"]["sha256"]
        path = tmp_path / "artifacts" / "sha256" / sha256[:2] / sha256
        verdict = reevaluate(path, spec, tmp_path)
        assert verdict.accuracy == model["values"]["accuracy"]
        assert verdict.params == model["values"]["params"]


def test_its_specs_are_read(upgraded: Served, version: KeptVersion) -> None:
    client = upgraded.client(version.said["tokens"]["admin"])
    for which in ("ended", "cancelled", "under_way"):
        spec = client.get(f"/jobs/{version.said[which]}").raise_for_status().json()["spec"]
        assert JobSpec.parse(spec).budget.trials == spec["budget"]["trials"]
        assert client.post("/jobs", json=spec, params={"dry_run": "true"}).is_success


def test_its_tokens_open_what_they_opened(upgraded: Served, version: KeptVersion) -> None:
    tokens = version.said["tokens"]
    statuses = {
        name: upgraded.client(token).get("/jobs").status_code for name, token in tokens.items()
    }
    assert statuses == {"admin": 200, "dispatcher": 403, "editor": 200, "revoked": 401}
    job = {"version": 1, "name": "new", "dataset": {"name": "digits"}}
    assert upgraded.client(tokens["editor"]).post("/jobs", json=job).status_code == 201


def test_a_job_that_was_under_way_goes_on(upgraded: Served, version: KeptVersion) -> None:
    job_id, client = version.said["under_way"], upgraded.client(version.said["tokens"]["admin"])
    before = client.get(f"/jobs/{job_id}").json()
    assert before["trials"]["finished"] > 0
    runner = Dispatcher.of(upgraded).claim(job_id)
    assert runner.epoch == before["epoch"] + 1
    # A runner whose reply was lost asks once more.
    hello = {"epoch": runner.epoch, "runner": "node-1/4711"}
    known = runner.client.post("/hello", json=hello).raise_for_status().json()["trials"]
    assert [trial["number"] for trial in known] == list(range(len(known)))
    ended = [trial for trial in known if trial["state"] == "complete"]
    assert len(ended) == before["trials"]["finished"]
    assert all(trial["reports"] and trial["values"] for trial in ended)
    runner.recorded = len(known)
    runner.complete(0.99, 0.01)
    after = client.get(f"/jobs/{job_id}").json()
    assert after["trials"]["finished"] == before["trials"]["finished"] + 1
    assert after["hypervolume"] > before["hypervolume"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_an_earlier_schema_is_restored(revision: str, tmp_path: Path) -> None:
    version = KeptVersion(revision)
    source, data_dir = tmp_path / "backup", tmp_path / "data"
    source.mkdir()
    data_dir.mkdir()
    version.write_sqlite(source / "rows.db")
    version.write_files(source)
    said = Backup(FORMAT, "2026-11-25T12:00:00+00:00", 0, 0, ())
    (source / "backup.json").write_text(json.dumps(asdict(said)))
    rows_before = (source / "rows.db").read_bytes()
    with closing(Database(f"sqlite:///{data_dir / 'tclsearch.db'}")) as database:
        store = DirectoryStore(data_dir / "artifacts", max_bytes=1_000_000)
        restore(source, database, store, DatabaseClock(), data_dir)
    assert (source / "rows.db").read_bytes() == rows_before, "the backup stays what it is"
    with serving(data_dir) as served:
        client = served.client(version.said["tokens"]["admin"])
        path = f"/jobs/{version.said['ended']}/front"
        front = client.get(path).json()
        assert said_less(version.said["replies"][path]["models"], front["models"]) == []
        for model in front["models"]:
            client.get(f"{served.url}{model['checkpoint']['url']}").raise_for_status()
