"""What grows how: reports of many runners, trials that are stored, trials that run at once.

`python -m benchmarks.scale [--quick] [--only reports,rows,dispatch] [--json FILE]`

Reports: 1 to 1,000 fake runners (real clients and recorders) against a control plane of its own, a
process on PostgreSQL with every commit synchronised. Rows: what recording a trial costs with up to
1,000,000 others stored, and what it adds in requests, bytes and rows. Dispatch: 1 to 64 trials that
sleep at once, beside raw Ray Tune with reused actors in the same call; efficiency is the time that
the sleep alone would take over what it took from when all processes were there. What follows for
1,000 nodes is in docs/scale.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select

from benchmarks.queue import new_database
from benchmarks.queue_load import halves, milliseconds
from benchmarks.queue_plans import fill
from benchmarks.queue_records import TimedRunner
from benchmarks.report import Figure, at_least, at_most, report
from benchmarks.scale_runners import claimed, load
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import EventRow, FrontRevisionRow, ModelRow, TrialReportRow, TrialRow
from service.protocol import HelloReply
from service.team.access import bootstrap
from tests.e2e.service_process import ServiceProcess, serving
from workers.environment import RunnerEnvironment

ARM_SECONDS = 600
PATIENT = {"lease_seconds": "3600", "dispatcher_alive_seconds": "3600"}
"""A thousand jobs are claimed one by one before the first of their runners says hello."""
COUNTED = tuple(
    row.__table__ for row in (TrialRow, TrialReportRow, ModelRow, EventRow, FrontRevisionRow)
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """runners: of each load. rows: stored trials. trials: recorded at each. at_once: sleeping."""

    runners: tuple[int, ...]
    seconds: float
    rows: tuple[int, ...]
    trials: int
    at_once: tuple[int, ...]
    sleep: float
    rounds: int


FULL = Sizes(
    (1, 10, 100, 300, 1000), 15.0, (0, 10_000, 100_000, 1_000_000), 200, (1, 4, 16, 64), 5.0, 4
)
QUICK = Sizes((1, 10, 50), 3.0, (0, 20_000), 40, (1, 2), 1.0, 4)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="some of reports, rows, dispatch, with commas between")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    parts = {"reports": reports, "rows": rows, "dispatch": dispatch}
    chosen = parts if arguments.only is None else arguments.only.split(",")
    found: list[Figure] = []
    for name in chosen:
        for figure in parts[name](sizes):
            print(f"{figure.name}: {figure.value:.4g}", flush=True)
            found.append(figure)
    return report(found, arguments.json)


def reports(sizes: Sizes) -> Iterator[Figure]:
    """What runners get stored that wait for each report, and so keep the control plane busy."""
    for count in sizes.runners:
        with _plane(f"reports_{count}") as (service, _):
            done = load(service, count, sizes.seconds)
        title = f"{count} runners"
        yield Figure(f"{title}: reports/s", done.per_second)
        for part, value in halves(done.waits):
            yield Figure(f"{title}: report until stored, {part}, ms", value)
        yield Figure(f"{title}: requests a report", done.requests / len(done.waits))
        yield Figure(f"{title}: bytes a report", done.sent / len(done.waits))


def rows(sizes: Sizes) -> Iterator[Figure]:
    """What one whole trial costs behind so many stored ones, and what it leaves."""
    costs = {}
    for stored in sizes.rows:
        with _plane(f"rows_{stored}", stored) as (service, database):
            before = _counts(database)
            runner = _runner(service, f"behind {stored}", sizes.trials)
            for number in range(sizes.trials):
                # Better than all before it, so that each of them changes the front.
                runner.complete(0.9 + 1e-6 * number, 1.0)
            costs[stored] = milliseconds(runner.seconds, 0.5)
            added = {name: count - before[name] for name, count in _counts(database).items()}
        yield Figure(f"record of a trial behind {stored}, p50, ms", costs[stored])
    for name, count in added.items():
        yield Figure(f"rows of {name} a trial of two reports", count / sizes.trials)
    first, last = min(costs), max(costs)
    yield at_most(
        f"record of a trial behind {last} / behind {first}", costs[last] / costs[first], 1.5
    )


def dispatch(sizes: Sizes) -> Iterator[Figure]:
    """How much of the time goes into the trials, ours and Tune's own, in turn."""
    for at_once in sizes.at_once:
        trials = sizes.rounds * at_once
        took = {"Tune": _arm("tune", at_once, trials, sizes.sleep, {})}
        with _plane(f"dispatch_{at_once}") as (service, _):
            variables = _environment(service, at_once, trials).variables()
            took["ours"] = _arm("service", at_once, trials, sizes.sleep, variables)
        ideal = sizes.rounds * sizes.sleep
        efficiency = {arm: ideal / seconds for arm, seconds in took.items()}
        for arm, part in efficiency.items():
            yield Figure(f"{at_once} at once, {sizes.sleep:g} s each: efficiency, {arm}", part)
        yield at_least(
            f"{at_once} at once: efficiency, ours / Tune",
            efficiency["ours"] / efficiency["Tune"],
            0.9,
        )


@contextmanager
def _plane(name: str, stored: int = 0) -> Iterator[tuple[ServiceProcess, Database]]:
    """A control plane on a PostgreSQL of its own, with so many finished trials, and its database."""
    with tempfile.TemporaryDirectory(prefix="tclsearch-scale-") as folder:
        directory = Path(folder)
        with new_database("postgresql", directory) as new:
            url = new(name)
            data_dir = directory / "data"
            data_dir.mkdir()
            with closing(Database(url)) as database:
                migrate(database)
                bootstrap(database, DatabaseClock(), data_dir)
                if stored:
                    fill(database, stored)
                with serving(data_dir, "--no-dispatcher", database_url=url, **PATIENT) as service:
                    yield service, database


def _counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalars(select(func.count()).select_from(table)).one()
            for table in COUNTED
        }


def _runner(service: ServiceProcess, name: str, trials: int) -> TimedRunner:
    """A new job's runner that times its records."""
    (claim,) = claimed(service, 1)
    client = httpx.Client(
        base_url=f"{service.url}/api/v1/runner/jobs/{claim.job_id}",
        headers={"Authorization": f"Bearer {claim.runner_token}"},
        timeout=60,
    )
    body = {"epoch": claim.epoch, "runner": name}
    hello = HelloReply.model_validate_json(client.post("/hello", json=body).content)
    return TimedRunner(client, claim.epoch, Space(JobSpec.parse(hello.spec), hello.dataset))


def _environment(service: ServiceProcess, at_once: int, trials: int) -> RunnerEnvironment:
    """What the runner of a new job is told, as its dispatcher would tell it."""
    budget = {"trials": trials, "training_epochs": 1}
    (claim,) = claimed(
        service,
        1,
        sampler={"name": "random"},
        budget=budget,
        early_stopping={"name": "none"},
        resources={"concurrency": at_once},
    )
    return RunnerEnvironment(
        url=service.url,
        token=claim.runner_token,
        job_id=claim.job_id,
        epoch=claim.epoch,
        data_dir=str(service.data_dir),
        step_seconds=600.0,
        checkpoint_seconds=600.0,
    )


def _arm(arm: str, at_once: int, trials: int, sleep: float, variables: dict[str, str]) -> float:
    command = [sys.executable, "-m", "benchmarks.scale_dispatch", arm]
    command += [str(at_once), str(trials), str(sleep)]
    ran = subprocess.run(
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=ARM_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        raise SystemExit(f"{arm} failed:\n{ran.stderr[-4000:]}")
    told = json.loads(ran.stdout.splitlines()[-1])
    if told["trials"] != trials:
        raise SystemExit(f"{arm}: {told['trials']} of {trials} trials have slept")
    return float(told["seconds"])


if __name__ == "__main__":
    sys.exit(main())
