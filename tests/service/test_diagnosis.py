"""Each thing is broken for real, and the diagnosis names it and says what mends it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.db.engine import JOURNAL_BYTES, Database
from service.db.migrate import migrate
from service.db.tables import DeviceRow, TokenRow, WebhookRow
from service.operations.diagnosis import check_settings, diagnose, judge_postgresql
from service.operations.findings import Finding, Level
from service.settings import Settings
from service.team.access import Role, bootstrap, create_token
from service.webhooks.targets import Targets
from tests.factories import measure, model, reserve, start, stop
from tests.service.plane import Plane

MINUTE = timedelta(minutes=1)


@pytest.fixture
def well(plane: Plane) -> Plane:
    """A deployment at which nothing is wrong, with a model that can be downloaded."""
    bootstrap(plane.database, plane.clock, plane.settings.data_dir)
    token = plane.running()
    weights = model(plane.artifact("weights"), accuracy=0.9)
    plane.record(token, reserve(0), start(0), measure(0), stop(0, weights))
    return plane


def found(plane: Plane, skew: float = 0.0) -> list[Finding]:
    here = plane.clock.time - timedelta(seconds=skew)
    return list(
        diagnose(plane.settings, plane.database, plane.store, plane.clock, here=lambda: here)
    )


def bad(plane: Plane) -> dict[str, Finding]:
    """What is wrong, by its check."""
    wrong = [finding for finding in found(plane) if finding.level is not Level.OK]
    assert all(finding.why and finding.mend for finding in wrong)
    return {finding.check: finding for finding in wrong}


def test_of_a_deployment_that_is_well_everything_is(well: Plane):
    checks = {finding.check for finding in found(well)}
    assert bad(well) == {}
    assert {
        "settings", "disk.free", "database.version", "database.clock", "database.migrations",
        "tokens.expiring", "dispatcher.heartbeat", "cluster.slots", "datasets.queued",
        "artifacts.store", "artifacts.digest",
    } <= checks  # fmt: skip
    assert not list((well.settings.data_dir / "artifacts" / "incoming").iterdir())
    assert len(list(well.store.names(well.clock.time + timedelta(days=9999)))) == 1


def test_no_dispatcher(well: Plane):
    well.post()
    well.clock.advance(61)
    finding = bad(well)["dispatcher.heartbeat"]
    assert finding.level is Level.ERROR
    assert "last heard of 61 s ago" in finding.what
    assert finding.why == "1 queued jobs wait"
    assert finding.mend.startswith("tclsearch dispatch ")


def test_a_cluster_without_cpus(well: Plane):
    well.beat(cpus=0)
    assert bad(well)["cluster.slots"].level is Level.ERROR


def test_a_token_that_ends_soon(well: Plane):
    with well.database.write() as session:
        at = well.clock.time
        ends = at + timedelta(days=3)
        row, _ = create_token(
            session, name="nightly", team="default", role=Role.EDITOR, at=at, expires_at=ends
        )
    finding = bad(well)["tokens.expiring"]
    assert finding.level is Level.WARNING
    assert row.id in finding.what
    assert finding.mend == "tclsearch token create --team default --role editor nightly"
    well.clock.advance(4 * 86_400)
    assert "tokens.expiring" not in bad(well), "it is over, and no news"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.DISPATCHER])
def test_a_token_that_everything_hangs_on(well: Plane, role: Role):
    with well.database.write() as session:
        for row in session.query(TokenRow).where(TokenRow.role == role.value):
            row.revoked_at = well.clock.time
    assert bad(well)[f"tokens.{role.value}"].level is Level.ERROR


def test_a_data_set_that_only_queued_jobs_know(well: Plane):
    job_id = well.post()
    with well.database.write() as session:
        session.execute(
            text("UPDATE jobs SET dataset_key = 'fashion-mnist' WHERE id = :id"), {"id": job_id}
        )
    finding = bad(well)["datasets.queued"]
    assert finding.mend.startswith("tclsearch data fetch fashion-mnist ")


@pytest.mark.parametrize("waited_for", [False, True])
def test_a_device_that_is_silent(well: Plane, waited_for: bool):
    with well.database.write() as session:
        seen = {"system": {}, "seen_at": well.clock.time - 5 * MINUTE}
        session.add(DeviceRow(team="default", profile="pi-4", **seen))
    if waited_for:
        job_id = well.post()
        with well.database.write() as session:
            session.execute(text("UPDATE jobs SET device = 'pi-4' WHERE id = :id"), {"id": job_id})
    finding = bad(well)["devices.agent"]
    assert finding.level is (Level.ERROR if waited_for else Level.WARNING)
    assert finding.mend.startswith("tclsearch device agent --profile pi-4 ")


def add_webhook(plane: Plane, **state: object) -> None:
    with plane.database.write() as session:
        given = {"url": "https://hooks.example.org/", "secret": "whs_x", "events": []}
        row = {"id": "whk_1", "team": "default", "created_at": plane.clock.time, **given, **state}
        session.add(WebhookRow(**row))


def test_a_webhook_that_the_operator_does_not_allow_any_more(well: Plane):
    add_webhook(well)
    assert "does not allow this host" in bad(well)["webhooks.target"].what
    well.settings = replace(well.settings, webhook_targets=Targets.parse("*.example.org"))
    assert bad(well) == {}


@pytest.mark.parametrize("disabled", [False, True])
def test_a_webhook_that_nothing_gets_through_to(well: Plane, disabled: bool):
    well.settings = replace(well.settings, webhook_targets=Targets.parse("*.example.org"))
    since = well.clock.time if disabled else None
    add_webhook(well, detail="no answer", disabled_at=since)
    finding = bad(well)["webhooks.delivery"]
    assert finding.level is (Level.ERROR if disabled else Level.WARNING)
    assert "no answer" in finding.what
    assert finding.mend.startswith("tclsearch webhook test whk_1")


def test_a_checkpoint_whose_bytes_have_changed(well: Plane):
    (name,) = well.store.names(well.clock.time + timedelta(days=9999))
    well.store.path(name).write_bytes(b"Weights")
    assert "have changed" in bad(well)["artifacts.digest"].what
    well.store.delete(name)
    assert "no such artifact" in bad(well)["artifacts.digest"].what


def test_a_store_that_cannot_be_written(well: Plane):
    incoming = well.settings.data_dir / "artifacts" / "incoming"
    incoming.rmdir()
    incoming.write_text("in the way")
    assert bad(well)["artifacts.store"].level is Level.ERROR


def test_a_disk_with_too_little_room(well: Plane):
    well.settings = replace(well.settings, artifact_max_bytes=2**60)
    assert bad(well)["disk.free"].level is Level.ERROR


def test_clocks_that_differ(well: Plane):
    for skew, said in ((4.0, "agrees"), (90.0, "90 s ahead of"), (-90.0, "90 s behind")):
        (finding,) = [f for f in found(well, skew) if f.check == "database.clock"]
        assert said in finding.what
        assert finding.level is (Level.OK if said == "agrees" else Level.WARNING)


def test_settings_that_do_not_fit_together(tmp_path: Path):
    wrong = Settings(
        data_dir=tmp_path,
        lease_seconds=10,
        renew_after_seconds=5,
        rescue_grace_seconds=1,
        dispatcher_alive_seconds=2,
    )
    checks = [(each.check, each.level) for each in check_settings(wrong)]
    assert checks == [
        ("settings.lease", Level.ERROR),
        ("settings.rescue_grace", Level.WARNING),
        ("settings.dispatcher_alive", Level.WARNING),
    ]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Plane]:
    """A deployment of its own on SQLite."""
    with_file = Plane(
        Database(f"sqlite:///{tmp_path / 'tclsearch.db'}"), Settings(data_dir=tmp_path)
    )
    migrate(with_file.database)
    bootstrap(with_file.database, with_file.clock, tmp_path)
    with_file.beat()
    yield with_file
    with_file.database.close()


def test_a_journal_that_a_reader_keeps_growing(file: Plane):
    with file.database.read() as reader:
        reader.execute(text("SELECT count(*) FROM jobs"))
        with file.database.write() as session:
            session.execute(text("CREATE TABLE ballast (bytes BLOB)"))
            session.execute(text(f"INSERT INTO ballast VALUES (zeroblob({JOURNAL_BYTES}))"))
        assert bad(file)["database.journal"].level is Level.WARNING


def test_a_schema_of_another_version(file: Plane):
    with file.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert bad(file)["database.migrations"].level is Level.ERROR


def test_a_database_that_is_none(tmp_path: Path):
    (tmp_path / "tclsearch.db").write_bytes(os.urandom(4096))
    broken = Plane(Database(f"sqlite:///{tmp_path / 'tclsearch.db'}"), Settings(data_dir=tmp_path))
    finding = bad(broken)["database.reachable"]
    assert "file is not a database" in finding.what
    broken.database.close()


def test_a_server_that_does_not_answer(tmp_path: Path):
    away = Plane(Database("postgresql://nobody@127.0.0.1:1/none"), Settings(data_dir=tmp_path))
    assert bad(away).keys() == {"database.reachable"}


def test_a_server_that_gives_too_few_connections(postgresql: Callable[[str], str], tmp_path: Path):
    few = Plane(Database(postgresql("few_connections")), Settings(data_dir=tmp_path))
    migrate(few.database)
    bootstrap(few.database, few.clock, tmp_path)
    few.beat()
    assert bad(few).keys() <= {"database.clock"}
    with few.database.write() as session:
        session.execute(text("ALTER DATABASE few_connections CONNECTION LIMIT 5"))
    assert "gives 5 connections" in bad(few)["database.connections"].what
    few.database.close()


def test_a_server_that_is_too_old():
    (finding,) = judge_postgresql(130_016, 100)
    assert (finding.check, finding.level) == ("database.version", Level.ERROR)
