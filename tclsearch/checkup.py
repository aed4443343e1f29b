"""Examinations: of the deployment on this machine, and of a service elsewhere through its API."""

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.operations.findings import Finding, Level, error, fine, warning
from service.settings import Settings
from tclsearch.connect import connected
from tclsearch_client import access
from workers.cluster.head import RayHead, known_head, ray_token
from workers.cluster.ray_jobs import ENDED, RayJobs, RayUnavailable
from workers.datasets import store
from workers.datasets.errors import DatasetError
from workers.probe import MARK

PROBE_SECONDS = 90.0
GLANCE_SECONDS = 0.2
SKEW_SECONDS = 5.0


def examine_there(arguments: argparse.Namespace) -> Iterator[Finding]:
    """What a service says of itself, how its clock goes, and its cluster where one is named.

    Raises:
        CommandFailed: it does not answer, or not to this token.
    """
    asked = datetime.now(UTC)
    with connected(arguments) as client:
        diagnosis = client.send(access.diagnosis())
    for found in diagnosis.findings:
        yield Finding(found.check, Level(found.level), found.what, found.why, found.mend)
    if diagnosis.at is not None:
        yield judge_clocks("the service", diagnosis.at, asked, datetime.now(UTC))
    if arguments.ray_address:
        yield from check_cluster(_named_head(arguments), arguments.url)


def examine_here(arguments: argparse.Namespace, known: Collection[str]) -> Iterator[Finding]:
    """The deployment whose data directory and database this machine has.

    known: the variables that options read.
    """
    yield from check_variables(os.environ, known)
    try:
        settings = Settings.from_environment(
            os.environ, data_dir=arguments.data_dir, database_url=arguments.database_url
        )
    except ValueError as fault:
        yield error(
            "settings", str(fault), "the service does not start", "set it right, or unset it"
        )
        return
    yield from _check_store(settings)
    yield from check_secrets(settings.data_dir)
    yield from check_datasets(settings.data_dir)
    head = _named_head(arguments) if arguments.ray_address else known_head(settings.data_dir)
    if head is not None:
        yield from check_cluster(head, arguments.url)


def check_variables(environment: Mapping[str, str], options: Collection[str]) -> Iterator[Finding]:
    """Variables that look like ours and that nothing reads."""
    read = {f"TCLSEARCH_{field.name.upper()}" for field in fields(Settings)}.union(options)
    for name in sorted(environment):
        if name.startswith("TCLSEARCH_") and name.removesuffix("_FILE") not in read:
            yield warning(
                "settings.unknown",
                f"{name} is set, and nothing reads it",
                "what it was to change has its default",
                f"unset {name}   # docs/operations.md lists what there is",
            )


def check_secrets(data_dir: Path) -> Iterator[Finding]:
    """The token files that a start has written."""
    for name in ("admin-token", "dispatcher-token"):
        path = data_dir / name
        with suppress(FileNotFoundError):
            mode = path.stat().st_mode & 0o777
            if mode & 0o077:
                yield error(
                    "tokens.file",
                    f"{path} has mode {mode:04o}",
                    "others on this machine can read it and be administrators",
                    f"chmod 600 {path}   # and make another token: it may have been read",
                )


def check_datasets(data_dir: Path) -> Iterator[Finding]:
    """Every data set on this machine against its hashes."""
    keys = sorted(
        path.parent.name for path in store.datasets_dir(data_dir).glob("[!.]*/dataset.json")
    )
    for key in keys:
        try:
            store.load(data_dir, key)
        except DatasetError as fault:
            yield error(
                "datasets.hash",
                str(fault),
                f"jobs on {key} fail here",
                f"tclsearch data fetch {key} --data-dir {data_dir}",
            )
        else:
            yield fine("datasets.hash", f"{key} is what was installed")


def check_cluster(head: RayHead, url: str) -> Iterator[Finding]:
    """A Ray cluster, and what a process there has and reaches, where runners are to run."""
    status = head.answers(with_token=True)
    if status != 200:
        said = "nobody answers" if status is None else f"answered {status}"
        yield error(
            "cluster.ray",
            f"{head.dashboard_url}: {said}",
            "no job can be launched",
            "check that the head runs, and that RAY_AUTH_TOKEN is its token",
        )
        return
    if head.answers(with_token=False) not in (401, 403):
        yield error(
            "cluster.authentication",
            f"{head.dashboard_url} answers without a token",
            "whoever reaches it runs code on every node; dispatchers refuse it",
            "RAY_AUTH_MODE=token RAY_AUTH_TOKEN=… ray start --head",
        )
    with closing(RayJobs(head)) as jobs:
        try:
            version, report = jobs.version(), _probe(jobs, _python(head), url)
        except RayUnavailable as trouble:
            yield error(
                "cluster.probe",
                str(trouble),
                "runners cannot start there either",
                "look at the job's log in Ray's dashboard; every node needs tclsearch installed",
            )
            return
    yield from judge_probe(version, report)


def judge_probe(cluster: str, report: Mapping[str, Any]) -> Iterator[Finding]:
    """cluster: the version of its Ray. report: what `workers.probe` printed there."""
    versions: Mapping[str, str | None] = report["versions"]
    if versions["ray"] == cluster:
        yield fine("cluster.ray", f"Ray {cluster}, the same as the runners'")
    else:
        yield error(
            "cluster.ray",
            f"the cluster runs Ray {cluster}, its Python has {versions['ray']}",
            "runners cannot join the cluster",
            f"pip install 'ray[default,tune]=={cluster}'   # on every node, or restart the cluster",
        )
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        yield error(
            "cluster.packages",
            f"the cluster's Python {report['python']} lacks {', '.join(missing)}",
            "trials fail there",
            "pip install tclsearch   # on every node",
        )
    else:
        extras = ", ".join(report["extras"]) or "none"
        yield fine("cluster.packages", f"Python {report['python']}; extras: {extras}")
    if report["answer"] is None:
        yield fine("cluster.url", f"runners reach {report['url']}")
    else:
        yield error(
            "cluster.url",
            f"runners do not reach {report['url']}: {report['answer']}",
            "a job is claimed, says no hello, and is rescued again and again",
            "give the dispatcher a --url that leads to the service from every node",
        )
    now = datetime.now(UTC)
    yield judge_clocks("the cluster", datetime.fromtimestamp(report["time"], UTC), now, now)


def judge_clocks(whose: str, theirs: datetime, asked: datetime, answered: datetime) -> Finding:
    """theirs: read by them at some time between `asked` and `answered`, or shortly before."""
    check = f"{whose.removeprefix('the ')}.clock"
    ahead = (theirs - answered).total_seconds()
    behind = (asked - theirs).total_seconds()
    off = max(ahead, behind)
    if off <= SKEW_SECONDS:
        return fine(check, f"{whose}'s clock agrees with this machine's")
    return warning(
        check,
        f"{whose}'s clock is {off:.0f} s {'ahead of' if off == ahead else 'behind'} this machine's",
        "times in logs and replies do not fit together",
        "timedatectl set-ntp true   # on both machines",
    )


def _check_store(settings: Settings) -> Iterator[Finding]:
    # Not above: a machine that only asks a service need not have what serves one.
    from service.artifacts.storage import artifact_store  # noqa: PLC0415
    from service.clock import DatabaseClock  # noqa: PLC0415
    from service.db.engine import Database  # noqa: PLC0415
    from service.operations.diagnosis import diagnose  # noqa: PLC0415

    if settings.database_url is None and not (settings.data_dir / "tclsearch.db").exists():
        yield error(
            "database.reachable",
            f"there is no database in {settings.data_dir}",
            "nothing has been served from here",
            "tclsearch serve   # or say with --data-dir or --database-url where it is",
        )
        return
    try:
        database = Database(settings.url)
    except ValueError as fault:
        yield error(
            "database.reachable",
            str(fault),
            "the service does not start",
            "TCLSEARCH_DATABASE_URL=postgresql://USER@HOST/NAME",
        )
        return
    try:
        artifacts = artifact_store(settings)
    except ValueError as fault:
        yield error(
            "artifacts.store",
            str(fault),
            "the service does not start",
            "TCLSEARCH_ARTIFACTS=s3://BUCKET/PREFIX",
        )
        return
    with closing(database), closing(artifacts):
        yield from diagnose(
            settings, database, artifacts, DatabaseClock(), here=lambda: datetime.now(UTC)
        )


def _python(head: RayHead) -> str:
    """As dispatchers choose it: of a head of ours, the one that runs this."""
    return "python" if head.pid is None else sys.executable


def _probe(jobs: RayJobs, python: str, url: str) -> Mapping[str, Any]:
    """Raises RayUnavailable where the probe did not run to its end."""
    handle = f"doctor-{secrets.token_hex(8)}"
    jobs.submit(handle, (python, "-m", "workers.probe", url), {})
    try:
        deadline = time.monotonic() + PROBE_SECONDS
        while jobs.jobs()[handle].state not in ENDED:
            if time.monotonic() > deadline:
                jobs.ask_to_stop(handle)
                raise RayUnavailable(f"a job did not run within {PROBE_SECONDS:.0f} s")
            time.sleep(GLANCE_SECONDS)
        log = jobs.log_tail(handle, characters=8000)
    finally:
        jobs.forget(handle)
    for line in log.splitlines():
        if line.startswith(MARK):
            report: Mapping[str, Any] = json.loads(line.removeprefix(MARK))
            return report
    raise RayUnavailable(f"a job there ended without a word of ours: {log[-500:]}")


def _named_head(arguments: argparse.Namespace) -> RayHead:
    return RayHead(arguments.ray_address, ray_token(os.environ))
