"""Examines a deployment from where the control plane stands, and says what to do about it.

Nothing is changed: what is written to try a store out is taken away again. What only the execution
plane can tell, `tclsearch.checkup` asks it.
"""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from searchspace.datasets import BUNDLED
from service.artifacts.port import ArtifactStore
from service.clock import Clock
from service.db.engine import CONNECTIONS, JOURNAL_BYTES, Database
from service.db.migrate import is_current, is_later
from service.db.tables import DeviceRow, DispatcherRow, JobRow, ModelRow, TokenRow, WebhookRow
from service.db.upkeep import journal_bytes
from service.errors import CorruptArtifact, ServiceError, Unavailable
from service.jobs.catalogue import command_for
from service.jobs.ground import live_dispatchers
from service.lifecycle import OWNED, JobState
from service.operations.findings import Finding, Level, error, fine, warning
from service.queue.clusters import total_capacity
from service.settings import Settings
from service.team.access import Role, living_tokens
from service.webhooks.targets import ForbiddenTarget

OLDEST_POSTGRESQL = 14
CONNECTIONS_AT_MOST = CONNECTIONS + CONNECTIONS // 2
SKEW_SECONDS = 5.0
"""Leases are judged by the database's clock alone; people read both."""
EXPIRES_SOON = timedelta(days=14)
FREE_BYTES = 1024**3
FREE_ARTIFACTS = 16
"""There should be room for so many of the largest artifacts."""


def diagnose(
    settings: Settings,
    database: Database,
    artifacts: ArtifactStore,
    clock: Clock,
    here: Callable[[], datetime],
) -> Iterator[Finding]:
    """What is found, good and bad, in the order in which one would put it right.

    here: this machine's own time.
    """
    yield from check_settings(settings)
    yield from check_disk(settings)
    try:
        with database.read() as session:
            at, now = clock.now(session), here()
            yield from _check_server(session)
            yield judge_skew((at - now).total_seconds())
            schema = _check_schema(session)
            yield schema
            if schema.level is not Level.OK:
                return
            yield from _check_tokens(session, at)
            yield from _check_dispatchers(session, settings, at)
            yield from _check_datasets(session, settings, at)
            yield from _check_devices(session, settings, at)
            yield from _check_webhooks(session, settings)
            newest = _newest_checkpoint(session)
    except (Unavailable, SQLAlchemyError) as trouble:
        yield error(
            "database.reachable",
            f"the database cannot be used: {_cause(trouble)}",
            "every request is answered 503 until it can",
            "check TCLSEARCH_DATABASE_URL, that the server runs, and that its disk has room",
        )
        return
    yield from _check_journal(database)
    yield from check_artifacts(artifacts, newest)


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Settings that contradict each other."""
    found = False
    if settings.renew_after_seconds * 4 > settings.lease_seconds:
        found = True
        yield error(
            "settings.lease",
            f"runners renew every {settings.renew_after_seconds:g} s a lease of "
            f"{settings.lease_seconds:g} s",
            "one slow answer, and a job is taken from a runner that is well",
            "set TCLSEARCH_LEASE_SECONDS to at least four times TCLSEARCH_RENEW_AFTER_SECONDS",
        )
    if settings.rescue_grace_seconds < settings.lease_seconds:
        found = True
        yield warning(
            "settings.rescue_grace",
            f"leases are rescued {settings.rescue_grace_seconds:g} s after a start, within a "
            f"lease of {settings.lease_seconds:g} s",
            "runners that could not renew meanwhile lose their jobs",
            "set TCLSEARCH_RESCUE_GRACE_SECONDS to at least TCLSEARCH_LEASE_SECONDS",
        )
    if settings.dispatcher_alive_seconds < 5 * settings.sweep_seconds:
        found = True
        yield warning(
            "settings.dispatcher_alive",
            f"dispatchers count as gone after {settings.dispatcher_alive_seconds:g} s",
            "a busy one is taken for dead, and the cluster for away",
            "set TCLSEARCH_DISPATCHER_ALIVE_SECONDS higher; the default is 60",
        )
    if not found:
        yield fine("settings", "settings fit together")


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Room in the data directory."""
    wanted = max(FREE_BYTES, FREE_ARTIFACTS * settings.artifact_max_bytes)
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    said = f"{free / 2**30:.1f} GiB free at {settings.data_dir}"
    if free >= wanted:
        yield fine("disk.free", said)
        return
    yield error(
        "disk.free",
        f"{said}, less than {wanted / 2**30:.1f} GiB",
        "posts and checkpoints are refused with 507 once the disk is full",
        "delete jobs (tclsearch team quotas TEAM --retention-days 30), or enlarge the disk",
    )


def judge_skew(seconds: float) -> Finding:
    """How far the database's clock is ahead of this machine's."""
    if abs(seconds) <= SKEW_SECONDS:
        return fine("database.clock", "the database's clock agrees with this machine's")
    return warning(
        "database.clock",
        f"the database's clock is {abs(seconds):.0f} s "
        f"{'ahead of' if seconds > 0 else 'behind'} this machine's",
        "times in logs and in replies do not fit together",
        "timedatectl set-ntp true   # on both machines",
    )


def judge_postgresql(version: int, connections: int) -> Iterator[Finding]:
    """version: as `server_version_num` has it. connections: as many as the server lets us have."""
    major = version // 10_000
    if major < OLDEST_POSTGRESQL:
        yield error(
            "database.version",
            f"PostgreSQL {major}",
            f"this is tested with {OLDEST_POSTGRESQL} and newer",
            "pg_upgrade, or a dump restored into a newer server",
        )
    else:
        yield fine("database.version", f"PostgreSQL {major}.{version % 10_000}")
    if connections < CONNECTIONS_AT_MOST:
        yield warning(
            "database.connections",
            f"the server gives {connections} connections",
            f"each copy of the service opens up to {CONNECTIONS_AT_MOST} under load",
            f"ALTER SYSTEM SET max_connections = {4 * CONNECTIONS_AT_MOST};   -- and restart",
        )


def check_artifacts(artifacts: ArtifactStore, newest: str | None) -> Iterator[Finding]:
    """Whether bytes can be stored and come back, and whether old ones still hash to their name."""
    content = b"tclsearch doctor " + secrets.token_bytes(32)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with artifacts.upload(sha256) as upload:
            upload.write(content)
            upload.seal()
            upload.keep()
        with artifacts.open(sha256) as stored:
            stored.read()
        artifacts.delete(sha256)
    except (ServiceError, OSError) as trouble:
        yield error(
            "artifacts.store",
            f"artifacts cannot be stored and read: {trouble}",
            "trials cannot deliver their models and fail",
            "give the service's user write access to the store, and room there",
        )
        return
    yield fine("artifacts.store", "artifacts are stored, read and deleted")
    if newest is None:
        return
    try:
        artifacts.open(newest).close()
    except CorruptArtifact as trouble:
        lost = str(trouble)
    except ServiceError as trouble:
        lost = f"{newest}: {trouble}"
    else:
        yield fine("artifacts.digest", "the newest checkpoint hashes to its name")
        return
    yield error(
        "artifacts.digest",
        f"the newest checkpoint cannot be had: {lost}",
        "its download is refused; other files of the store may be as bad",
        "restore the artifacts from the backup, and check the disk",
    )


def _cause(trouble: Unavailable | SQLAlchemyError) -> str:
    """In a line, and without statements and their parameters."""
    if isinstance(trouble, Unavailable):
        return trouble.detail
    return " ".join(str(trouble.orig if isinstance(trouble, DBAPIError) else trouble).split())


def _existing(directory: Path) -> Path:
    return next(path for path in (directory, *directory.absolute().parents) if path.exists())


def _check_server(session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name == "postgresql":
        version = int(session.scalars(text("SHOW server_version_num")).one())
        most = int(session.scalars(text("SHOW max_connections")).one())
        own = session.scalars(
            text("SELECT datconnlimit FROM pg_database WHERE datname = current_database()")
        ).one()
        yield from judge_postgresql(version, most if own < 0 else min(most, own))
        return
    version_text = session.scalars(text("SELECT sqlite_version()")).one()
    mode = session.scalars(text("PRAGMA journal_mode")).one()
    if mode == "wal":
        yield fine("database.version", f"SQLite {version_text}, with a write-ahead log")
        return
    yield warning(
        "database.version",
        f"SQLite {version_text} with the slower rollback journal",
        "readers and writers wait for each other",
        "pip install pysqlite3   # brings a SQLite without the WAL-reset bug",
    )


def _check_schema(session: Session) -> Finding:
    check = "database.migrations"
    if is_later(session):
        return error(
            check,
            "a later version has migrated the database",
            "this version does not start with it",
            "install the later version, or restore a backup from before the upgrade",
        )
    if not is_current(session):
        return error(
            check,
            "the schema is not the one that this version needs",
            "the service answers 503 until it is",
            "tclsearch serve   # a start migrates; all copies must be of one version",
        )
    return fine(check, "the schema is current")


def _check_journal(database: Database) -> Iterator[Finding]:
    if database.engine.dialect.name != "sqlite":
        return
    size = journal_bytes(database)
    if size <= JOURNAL_BYTES:
        yield fine("database.journal", f"SQLite's journal has {size / 2**20:.0f} MiB")
        return
    yield warning(
        "database.journal",
        f"SQLite's journal has {size / 2**20:.0f} MiB",
        "some reader does not end, so that it grows; every start reads it through",
        "stop what else has the file open: fuser -v DATA_DIR/tclsearch.db",
    )


def _check_tokens(session: Session, at: datetime) -> Iterator[Finding]:
    for role in (Role.ADMIN, Role.DISPATCHER):
        if not living_tokens(session, role, at):
            yield error(
                f"tokens.{role.value}",
                f"no {role.value}'s token is good",
                "nobody can administer the teams" if role is Role.ADMIN else "nothing is claimed",
                f"tclsearch serve   # a start makes one and puts it into {role.value}-token",
            )
    soon = select(TokenRow).where(
        TokenRow.revoked_at.is_(None),
        TokenRow.expires_at > at,
        TokenRow.expires_at < at + EXPIRES_SOON,
    )
    expiring = session.scalars(soon.order_by(TokenRow.expires_at)).all()
    for row in expiring:
        yield warning(
            "tokens.expiring",
            f"{row.id} ({row.name} of team {row.team}) ends at {row.expires_at:%Y-%m-%d %H:%M} UTC",
            "what uses it is answered 401 from then on",
            f"tclsearch token create --team {row.team} --role {row.role} {row.name}",
        )
    if not expiring:
        yield fine("tokens.expiring", f"no token ends within {EXPIRES_SOON.days} days")


def _check_dispatchers(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    live = live_dispatchers(session, settings, at)
    if not live:
        last = session.scalar(select(func.max(DispatcherRow.seen_at)))
        ago = (
            "none was ever heard of"
            if last is None
            else f"one was last heard of {(at - last).total_seconds():.0f} s ago"
        )
        yield error(
            "dispatcher.heartbeat",
            f"no dispatcher is alive; {ago}",
            f"{_count(session, JobRow.state == JobState.QUEUED)} queued jobs wait",
            "tclsearch dispatch --url URL --ray-address http://HEAD:8265   # or serve without "
            "--no-dispatcher",
        )
        return
    yield fine("dispatcher.heartbeat", f"{len(live)} alive")
    offered = total_capacity(live)
    if offered.cpus > 0:
        yield fine("cluster.slots", f"{offered.cpus:g} CPUs and {offered.gpus:g} GPUs for trials")
    else:
        yield error(
            "cluster.slots",
            "the clusters offer no CPUs",
            "no trial can run",
            "ray start --address HEAD:6379   # add a node",
        )


def _check_datasets(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    there = BUNDLED | {
        info["key"] for row in live_dispatchers(session, settings, at) for info in row.datasets
    }
    wanted = select(JobRow.dataset_key, func.count()).where(JobRow.state == JobState.QUEUED)
    missing = [
        (key, count)
        for key, count in session.execute(wanted.group_by(JobRow.dataset_key)).all()
        if key not in there
    ]
    for key, count in missing:
        yield error(
            "datasets.queued",
            f"no live dispatcher has {key}",
            f"{count} queued jobs wait for it",
            f"{command_for(key)}   # where the dispatcher runs",
        )
    if not missing:
        yield fine("datasets.queued", "the data sets of all queued jobs are there")


def _check_devices(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    since = at - timedelta(seconds=settings.device_alive_seconds)
    for row in session.scalars(select(DeviceRow).where(DeviceRow.seen_at < since)):
        waiting = _count(
            session,
            JobRow.team == row.team,
            JobRow.device == row.profile,
            JobRow.state.in_({*OWNED, JobState.QUEUED}),
        )
        judge = error if waiting else warning
        yield judge(
            "devices.agent",
            f"the agent of {row.profile} (team {row.team}) is silent since "
            f"{row.seen_at:%Y-%m-%d %H:%M} UTC",
            f"{waiting} jobs wait for its measurements",
            f"tclsearch device agent --profile {row.profile}   # on the device",
        )


def _check_webhooks(session: Session, settings: Settings) -> Iterator[Finding]:
    for row in session.scalars(select(WebhookRow).order_by(WebhookRow.id)):
        try:
            settings.webhook_targets.target(row.url)
        except ForbiddenTarget as forbidden:
            yield error(
                "webhooks.target",
                f"{row.id} (team {row.team}): {forbidden}",
                "nothing is sent to it",
                "add its host to TCLSEARCH_WEBHOOK_TARGETS and restart, or delete the webhook",
            )
            continue
        if row.disabled_at is not None:
            yield error(
                "webhooks.delivery",
                f"{row.id} (team {row.team}) is disabled: {row.detail}",
                "its team hears of nothing",
                f"tclsearch webhook test {row.id}   # takes it up again once that gets through",
            )
        elif row.detail is not None:
            yield warning(
                "webhooks.delivery",
                f"{row.id} (team {row.team}): {row.detail}",
                "it is tried again for a day, then disabled",
                f"tclsearch webhook test {row.id}",
            )


def _newest_checkpoint(session: Session) -> str | None:
    return session.scalar(select(ModelRow.checkpoint).order_by(ModelRow.id.desc()).limit(1))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(JobRow).where(*conditions)).one()
