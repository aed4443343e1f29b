"""Whether a service that runs for long stays as large as it was: memory, files, rows, bytes.

`python -m benchmarks.soak [--quick] [--json FILE]`

The real path: a service on SQLite, its dispatcher, Ray's head, a runner for each job, and trials that
record all that a real trial records and train nothing, with weights of their own. One of fifty fails, and
one of each job takes its process with it. Jobs come one after the other, and each is deleted at its end, as
a team's retention would later. What is deleted after a day (artifacts that nothing names, what
runners printed) is deleted after half a minute here, so that some minutes show what a day does.

Looked at every second: each long-lived process's resident memory and open files, and the bytes on disk;
after each job was deleted, the rows. Each figure is a slope over the trials that have ended, without the
first fifth of them; of few trials it says little, so --quick judges what needs no long run. 10,000 trials are eight hours of one that ends every three seconds.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.overhead_memory import resident_mib
from benchmarks.report import Figure, at_most, report
from benchmarks.soak_parts import FAILING, head_is_up, head_logs
from tests.e2e.service_process import ServiceProcess, has_ended, processes, serving, wait_until

DAY_SECONDS = 30
"""What is deleted after a day is deleted after this."""
LOOK_SECONDS = 1.0
JOB_SECONDS = 900.0
STOP_SECONDS = 120.0

KINDS = (
    ("benchmarks.soak_parts dispatch", "dispatcher"),
    ("tclsearch.main", "control plane"),
    ("gcs_server", "Ray's GCS"),
    ("/raylet/raylet", "raylet"),
    ("dashboard/dashboard.py", "Ray's dashboard"),
    ("dashboard/agent.py", "Ray's agent"),
)
"""Processes that outlive every job, each by a word of its command line."""

OURS = ("control plane", "dispatcher")
LASTING = ("audit", "latencies")
"""Tables that keep something of a job that is deleted: who deleted it, and what was measured."""
LATER = ("artifacts",)
"""Those whose rows go with their bytes, and are seen there."""


@dataclass(frozen=True, slots=True)
class Sizes:
    jobs: int
    trials: int


LONG = 5000
"""Trials from which on slopes of memory and disk are judged."""
FULL, QUICK = Sizes(20, 500), Sizes(6, 50)


@dataclass
class Series:
    """One thing that should stay as it is: trials that had ended, and its size then."""

    trials: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def add(self, trials: int, size: float) -> None:
        self.trials.append(trials)
        self.sizes.append(size)

    def settled(self) -> tuple[np.ndarray, np.ndarray]:
        """Without the first fifth, when caches fill and modules are loaded."""
        trials, sizes = np.array(self.trials), np.array(self.sizes)
        late = trials >= trials.max() / 5
        return trials[late], sizes[late]

    @property
    def is_long(self) -> bool:
        """Whether it was seen throughout; not so of who bears a word of others' by accident."""
        return len(set(self.settled()[0].tolist())) > 2

    @property
    def slope(self) -> float:
        """For each 1,000 trials, by a straight line through all of it."""
        trials, sizes = self.settled()
        return 1000 * float(np.polyfit(trials, sizes, 1)[0])

    @property
    def first(self) -> float:
        return float(self.settled()[1][0])

    @property
    def last(self) -> float:
        return float(self.settled()[1][-1])


@dataclass
class Watched:
    memory: dict[str, Series] = field(default_factory=lambda: defaultdict(Series))
    files: dict[str, Series] = field(default_factory=lambda: defaultdict(Series))
    disk: dict[str, Series] = field(default_factory=lambda: defaultdict(Series))
    rows: dict[str, Series] = field(default_factory=lambda: defaultdict(Series))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    began = time.monotonic()
    watched = soak(sizes)
    took = time.monotonic() - began
    return report(list(figures(watched, sizes, took)), arguments.json)


def soak(sizes: Sizes) -> Watched:
    day = {"artifact_keep_seconds": str(DAY_SECONDS), "collect_seconds": str(DAY_SECONDS / 3)}
    watched = Watched()
    with (
        tempfile.TemporaryDirectory(prefix="tclsearch-soak-") as folder,
        serving(Path(folder) / "data", "--no-dispatcher", **day) as service,
        _dispatching(service),
    ):
        for number in range(sizes.jobs):
            job_id = _one_job(service, watched, number, sizes)
            service.call("DELETE", f"/jobs/{job_id}").raise_for_status()
            _count_rows(service.data_dir, watched, (number + 1) * sizes.trials)
    return watched


@contextmanager
def _dispatching(service: ServiceProcess) -> Iterator[None]:
    """A dispatcher with a Ray of its own, whose runners have nothing to train."""
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    command = [sys.executable, "-m", "benchmarks.soak_parts", "dispatch", str(DAY_SECONDS)]
    command += ["--url", service.url, "--data-dir", str(service.data_dir), "--cpus", "2"]
    variables = {
        "TCLSEARCH_TOKEN": token,
        "TCLSEARCH_DATA_DIR": str(service.data_dir),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    with service.log_path.open("ab") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **variables}, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: head_is_up(service.data_dir), STOP_SECONDS, service.log)
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _one_job(service: ServiceProcess, watched: Watched, number: int, sizes: Sizes) -> str:
    """One job from post to end, looked at all the while; its id."""
    began = time.monotonic()
    job_id = service.post_job(
        dataset={"name": "digits"},
        sampler={"name": "random", "seed": number},
        budget={"trials": sizes.trials, "training_epochs": 1},
        early_stopping={"name": "none"},
    )
    while not has_ended(job := service.job(job_id)):
        if time.monotonic() - began > JOB_SECONDS:
            raise SystemExit(f"job {number + 1} does not end: {job}\n{service.log()}")
        look(service.data_dir, watched, number * sizes.trials + job["trials"]["finished"])
        time.sleep(LOOK_SECONDS)
    failed = 1 + sizes.trials // FAILING
    counts = job["trials"]
    if (job["state"], counts["finished"], counts["failed"]) != (
        "succeeded",
        sizes.trials,
        failed,
    ):
        raise SystemExit(f"job {number + 1} is not as it should be: {job}\n{service.log()}")
    print(f"job {number + 1} of {sizes.jobs}: {time.monotonic() - began:.0f} s", flush=True)
    return job_id


def look(data_dir: Path, watched: Watched, trials: int) -> None:
    memory: dict[str, float] = defaultdict(float)
    files: dict[str, int] = defaultdict(int)
    for pid in processes(str(data_dir)):
        # Whoever ends meanwhile is none of those that we look for.
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            kind = next((kind for word, kind in KINDS if word in command), None)
            if kind is not None:
                files[kind] += len(list(Path(f"/proc/{pid}/fd").iterdir()))
                memory[kind] += resident_mib(pid) or 0.0
    for kind in memory:
        watched.memory[kind].add(trials, memory[kind])
        watched.files[kind].add(trials, files[kind])
    for name, folder in (
        ("database", data_dir),
        ("artifacts", data_dir / "artifacts"),
        ("what Ray keeps", head_logs(data_dir)),
    ):
        pattern = "tclsearch.db*" if name == "database" else "**/*"
        watched.disk[name].add(trials, sum(_sizes(folder, pattern)) / 2**20)


def _sizes(folder: Path, pattern: str) -> Iterator[int]:
    for path in folder.glob(pattern):
        with suppress(FileNotFoundError):
            yield path.stat().st_size


def _count_rows(data_dir: Path, watched: Watched, trials: int) -> None:
    """Of each table, while there is no job."""
    with closing(sqlite3.connect(data_dir / "tclsearch.db")) as database:
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        for (table,) in tables.fetchall():
            ((rows,),) = database.execute(f'SELECT count(*) FROM "{table}"')
            watched.rows[table].add(trials, rows)


def figures(watched: Watched, sizes: Sizes, took: float) -> Iterator[Figure]:
    yield Figure("trials", sizes.jobs * sizes.trials)
    yield Figure("jobs, one after the other", sizes.jobs)
    yield Figure("minutes", took / 60)
    long = sizes.jobs * sizes.trials >= LONG
    there = [kind for kind, memory in watched.memory.items() if memory.is_long]
    for kind in there:
        memory = watched.memory[kind]
        yield Figure(f"{kind}, MiB at the end", memory.last)
        slope = f"{kind}, MiB more for 1,000 trials"
        if kind in OURS:
            name = f"{kind}, MiB at the end / after a fifth"
            yield at_most(name, memory.last / memory.first, 1.1)
            yield _slope(slope, memory, long)
        else:
            # Ray's own processes are told, and not judged.
            yield Figure(slope, memory.slope)
    for kind in there:
        name = f"{kind}, open files more for 1,000 trials"
        slope = watched.files[kind].slope
        yield at_most(name, slope, 1.0) if kind in OURS else Figure(name, slope)
    for name, disk in watched.disk.items():
        yield Figure(f"{name}, MiB at the end", disk.last)
        yield _slope(f"{name}, MiB more for 1,000 trials", disk, long)
    kept = _together(watched.rows, lambda table: table not in LASTING + LATER)
    yield Figure("rows without any job", kept.last)
    yield at_most("rows more for 1,000 trials", kept.slope, 1.0)
    for table in LASTING:
        yield Figure(f"rows of {table} more for 1,000 trials", watched.rows[table].slope)


def _slope(name: str, series: Series, long: bool) -> Figure:
    return at_most(name, series.slope, 1.0) if long else Figure(name, series.slope)


def _together(rows: Mapping[str, Series], wanted: Callable[[str], bool]) -> Series:
    chosen = [series for table, series in rows.items() if wanted(table)]
    return Series(chosen[0].trials, np.sum([series.sizes for series in chosen], axis=0).tolist())


if __name__ == "__main__":
    sys.exit(main())
